import {
  allocateBytes,
  type ByteSource,
  checkInflatedSize,
  type EntryHeader,
  FormatError,
  type Inflater,
  type PackOffset,
} from '#format';

/** Largest buffer that is kept from one entry to the next, in bytes. */
const SCRATCH_KEPT = 1 << 20;

/** Inflates what entries of a PACK hold, sizes checked first. All throw FormatError. */
export class EntryInflater {
  readonly #pack: ByteSource;
  readonly #inflater: Inflater;
  readonly #maxSize: number;
  #scratch = new Uint8Array(0x4000);
  #end: PackOffset = 0;

  /** `maxSize` bytes at most may an object or a delta have. */
  constructor(pack: ByteSource, inflater: Inflater, maxSize: number) {
    this.#pack = pack;
    this.#inflater = inflater;
    this.#maxSize = maxSize;
  }

  /** Where the entry ends that was inflated last. */
  get end(): PackOffset {
    return this.#end;
  }

  /** Fills `out`, which has the entry's size. */
  inflate({ dataOffset }: EntryHeader, out: Uint8Array): void {
    this.#end = dataOffset + this.#inflater.inflate(this.#pack, dataOffset, out);
  }

  /** Inflates into memory that the next call takes again. */
  inflateToScratch(header: EntryHeader): Uint8Array {
    const size = this.checkedSize(header);
    let out: Uint8Array;
    if (size > SCRATCH_KEPT) {
      out = allocateBytes(size, header.dataOffset);
    } else {
      if (size > this.#scratch.length) this.#scratch = new Uint8Array(SCRATCH_KEPT);
      out = this.#scratch.subarray(0, size);
    }
    this.inflate(header, out);
    return out;
  }

  /** The entry's size, which is allowed and which its stream can give. */
  checkedSize(header: EntryHeader): number {
    const { size, dataOffset } = header;
    this.checkLimit(size, header);
    checkInflatedSize(size, this.#pack.size - dataOffset, dataOffset);
    return size;
  }

  /** Gives `size` back if an object may have it. */
  checkLimit(size: number, { dataOffset }: EntryHeader): number {
    if (size <= this.#maxSize) return size;
    throw new FormatError('LIMIT', `an object of ${size} bytes, at most ${this.#maxSize} allowed`, {
      offset: dataOffset,
    });
  }
}
