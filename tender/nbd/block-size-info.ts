import { Info } from './numbers.ts';

/** The INFO reply that says how an export likes to be read, in bytes. */
export interface BlockSizes {
  /** Offsets and lengths are multiples of it: a power of two up to 65,536. */
  readonly minimum: number;
  /** A power of two from 512 on. */
  readonly preferred: number;
  /** Most bytes of one request. */
  readonly maximum: number;
}

export function encodeBlockSizes({ minimum, preferred, maximum }: BlockSizes): Buffer {
  const data = Buffer.alloc(14);
  data.writeUInt16BE(Info.BLOCK_SIZE, 0);
  data.writeUInt32BE(minimum, 2);
  data.writeUInt32BE(preferred, 6);
  data.writeUInt32BE(maximum, 10);
  return data;
}
