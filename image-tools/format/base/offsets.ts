/**
 * Offsets have an origin, and the two of an image lie 28 bytes apart. Either type takes a plain
 * number, and neither takes the other.
 */

/** Bytes from the start of the image. */
export type ImageOffset = number & { readonly origin?: 'image' };

/** Bytes from the start of the PACK, its magic included: what OFS_DELTA and the IDX count in. */
export type PackOffset = number & { readonly origin?: 'pack' };
