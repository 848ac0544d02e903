import type { Cookie } from './request.ts';

const MAGIC = 0x67446698;

/** u32 magic, u32 error, u64 cookie; the data of a READ follow where the error is 0. */
export const SIMPLE_REPLY_BYTES = 16;

/** Writes {@link SIMPLE_REPLY_BYTES}. @param error see `NbdErrno` */
export function encodeSimpleReply(
  into: Buffer,
  at: number,
  error: number,
  { high, low }: Cookie,
): void {
  into.writeUInt32BE(MAGIC, at);
  into.writeUInt32BE(error, at + 4);
  into.writeUInt32BE(high, at + 8);
  into.writeUInt32BE(low, at + 12);
}

/** The head of a simple reply; undefined if it is not one, so that the stream cannot be understood any more. */
export function decodeSimpleReply(
  bytes: Buffer,
): ({ readonly error: number } & Cookie) | undefined {
  if (bytes.readUInt32BE(0) !== MAGIC) return undefined;
  const [error, high, low] = [4, 8, 12].map((at) => bytes.readUInt32BE(at)) as [
    number,
    number,
    number,
  ];
  return { error, high, low };
}
