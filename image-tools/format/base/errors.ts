/**
 * What can be wrong with the bytes of an image. Codes are only ever added: programs match on them.
 */
export type FormatErrorCode =
  /** The bytes end before the structure does. */
  | 'TRUNCATED'
  /** The superblock points outside the image, or the image is too small to hold one. */
  | 'BAD_SUPERBLOCK'
  /** A PACK header, entry header or trailer is malformed. */
  | 'BAD_PACK'
  /** An IDX header, table or trailer is malformed, or disagrees with the PACK. */
  | 'BAD_IDX'
  /** A zlib stream is malformed, or does not give exactly the promised bytes. */
  | 'BAD_ZLIB'
  /** A delta's instructions, sizes or base are malformed. */
  | 'BAD_DELTA'
  /** A tree object is malformed. */
  | 'BAD_TREE'
  /** A commit object is malformed. */
  | 'BAD_COMMIT'
  /** A checksum or an object id differs from the one computed. */
  | 'BAD_HASH'
  /** An object is of another type than the place that names it requires. */
  | 'WRONG_TYPE'
  /** An object that something names is not in the PACK. */
  | 'MISSING_OBJECT'
  /** A size, count or depth is beyond the limit that the reader set. */
  | 'LIMIT'
  /** The path index is malformed, damaged, or of another image. */
  | 'BAD_INDEX';

/** Where a {@link FormatError} was found. */
export interface FormatErrorPlace {
  /** Offset from the start of the image (or of the structure decoded on its own), in bytes. */
  readonly offset?: number | undefined;
  /** The object concerned, in hexadecimal. */
  readonly oid?: string | undefined;
  readonly cause?: unknown;
}

/** Bad bytes in an image: the only error that leaves this room because of what an image holds. */
export class FormatError extends Error {
  /** Accepts errors of any copy of this library: entry points that must start fast are bundles of their own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === 'FormatError';
  }

  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;
  /** The message without the place. */
  readonly reason: string;
  readonly offset: number | undefined;
  readonly oid: string | undefined;

  constructor(code: FormatErrorCode, message: string, place: FormatErrorPlace = {}) {
    const where =
      (place.oid === undefined ? '' : `, object ${place.oid}`) +
      (place.offset === undefined ? '' : `, offset ${place.offset}`);
    super(message + where, place.cause === undefined ? undefined : { cause: place.cause });
    this.code = code;
    this.reason = message;
    this.offset = place.offset;
    this.oid = place.oid;
  }
}

/**
 * What was thrown, with what its catcher knows of the place and the thrower did not: to be thrown on.
 * Anything but a FormatError stays what it is.
 */
export function locateError(error: unknown, place: FormatErrorPlace): unknown {
  if (!(error instanceof FormatError)) return error;
  const { code, reason, offset = place.offset, oid = place.oid } = error;
  return new FormatError(code, reason, { offset, oid, cause: error.cause ?? error });
}
