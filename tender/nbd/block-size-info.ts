import { Info } from './numbers.ts';

/** The largest unit that a server may ask for, in bytes. */
const MOST_MINIMUM = 65_536;

/** The INFO reply that says how an export likes to be read, in bytes. */
export interface BlockSizes {
  /** Offsets and lengths are multiples of it: a power of two up to 65,536. */
  readonly minimum: number;
  /** A power of two: requests that are multiples of it are fast. */
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

const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value));

/** Undefined where the data are something else, or make no sense. */
export function decodeBlockSizes(data: Buffer): BlockSizes | undefined {
  if (data.length !== 14 || data.readUInt16BE(0) !== Info.BLOCK_SIZE) return undefined;
  const [minimum, preferred, maximum] = [2, 6, 10].map((at) => data.readUInt32BE(at)) as [
    number,
    number,
    number,
  ];
  const makeSense =
    isPowerOfTwo(minimum) &&
    minimum <= MOST_MINIMUM &&
    isPowerOfTwo(preferred) &&
    maximum >= minimum;
  return makeSense ? { minimum, preferred, maximum } : undefined;
}
