/** Bytes of each buffer: a piece of data with the heads around it. */
export const BUFFER_BYTES = 260 * 1024;
/** Buffers that are kept for later: fresh memory costs the kernel a fault for each page. */
const KEPT = 16;

const free: Buffer[] = [];

/** A buffer of {@link BUFFER_BYTES} with anything in it. */
export function takeBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
}

/** Whoever took it does not touch it any more. */
export function giveBuffer(buffer: Buffer): void {
  if (free.length < KEPT) free.push(buffer);
}
