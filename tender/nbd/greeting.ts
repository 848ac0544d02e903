/** NBDMAGIC, IHAVEOPT, u16 flags: FIXED_NEWSTYLE and NO_ZEROES. */
const GREETING = Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT', 'latin1'), Buffer.from([0, 3])]);
const FIXED_NEWSTYLE = 1;
const NO_ZEROES = 2;
const KNOWN = 3;

/** Bytes of {@link decodeClientFlags}. */
export const CLIENT_FLAGS_BYTES = 4;

/** What a server says first. */
export function encodeGreeting(): Buffer {
  return GREETING;
}

/** What a client answers: whether EXPORT_NAME gets no padding. Undefined where it wants what there is not. */
export function decodeClientFlags(bytes: Buffer): { readonly noZeroes: boolean } | undefined {
  const flags = bytes.readUInt32BE(0);
  if (flags > KNOWN) return undefined;
  return { noZeroes: (flags & NO_ZEROES) !== 0 };
}

/** Bytes of {@link decodeGreeting}. */
export const GREETING_BYTES = GREETING.length;

/** What a server offers. Undefined where it speaks no protocol that has options. */
export function decodeGreeting(bytes: Buffer): { readonly noZeroes: boolean } | undefined {
  if (!bytes.subarray(0, 16).equals(GREETING.subarray(0, 16))) return undefined;
  const flags = bytes.readUInt16BE(16);
  return (flags & FIXED_NEWSTYLE) === 0 ? undefined : { noZeroes: (flags & NO_ZEROES) !== 0 };
}

/** The answer to it. */
export function encodeClientFlags({ noZeroes }: { readonly noZeroes: boolean }): Buffer {
  return Buffer.from([0, 0, 0, FIXED_NEWSTYLE | (noZeroes ? NO_ZEROES : 0)]);
}
