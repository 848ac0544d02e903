/** NBDMAGIC, IHAVEOPT, u16 flags: FIXED_NEWSTYLE and NO_ZEROES. */
const GREETING = Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT', 'latin1'), Buffer.from([0, 3])]);
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
