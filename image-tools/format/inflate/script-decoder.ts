import type { PackOffset } from '../base/offsets.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { applyDelta, decodeDeltaSizes } from '../git/delta.ts';
import { type EntryHeader, readEntryHeader } from '../git/pack-entry.ts';
import { listDirectories } from '../git/tree.ts';
import type { EntryDecoder } from './entry-decoder.ts';
import type { Inflater } from './inflate.ts';

/** The portable decoder, over any inflater. */
export class ScriptDecoder implements EntryDecoder {
  memory = new Uint8Array(0);
  readonly start = 0;
  readonly maxDeltaSize = 1 << 18;
  end: PackOffset = 0;
  readonly #pack: ByteSource;
  readonly #inflater: Inflater;
  #scratch = new Uint8Array(0x4000);
  #delta: Uint8Array = this.#scratch;

  /** `pack` begins with the PACK's magic. */
  constructor(pack: ByteSource, inflater: Inflater) {
    this.#pack = pack;
    this.#inflater = inflater;
  }

  grow(size: number): void {
    const memory = new Uint8Array(size);
    memory.set(this.memory);
    this.memory = memory;
  }

  readHeader(packOffset: PackOffset): EntryHeader {
    return readEntryHeader(this.#pack, packOffset);
  }

  inflate({ dataOffset, size }: EntryHeader, address: number): void {
    const out = this.memory.subarray(address, address + size);
    this.end = dataOffset + this.#inflater.inflate(this.#pack, dataOffset, out);
  }

  inflateDelta({ dataOffset, size }: EntryHeader, address?: number): number {
    if (address !== undefined) {
      this.#delta = this.memory.subarray(address, address + size);
    } else {
      if (size > this.#scratch.length) this.#scratch = new Uint8Array(this.maxDeltaSize);
      this.#delta = this.#scratch.subarray(0, size);
    }
    this.end = dataOffset + this.#inflater.inflate(this.#pack, dataOffset, this.#delta);
    return decodeDeltaSizes(this.#delta).resultSize;
  }

  applyDelta(base: number, baseSize: number, address: number, size: number): void {
    const out = this.memory.subarray(address, address + size);
    applyDelta(this.memory.subarray(base, base + baseSize), this.#delta, out);
  }

  listDirectories(content: Uint8Array, visit: (oidStart: number) => void): void {
    listDirectories(content, visit);
  }
}
