import { FormatError } from '../base/errors.ts';
import type { PackOffset } from '../base/offsets.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { decodeEntryHeader, type EntryHeader, MAX_ENTRY_HEADER } from '../git/pack-entry.ts';
import { listDirectories } from '../git/tree.ts';
import { compile, instantiate } from '../wasm/instantiate.ts';
import {
  INPUT,
  INPUT_SIZE,
  MAX_DELTA_SIZE,
  MAX_LISTED,
  OBJECTS,
  OUTPUT,
} from '../wasm/objects/memory-map.ts';
import { OBJECTS_WASM } from '../wasm/objects.ts';
import type { EntryDecoder } from './entry-decoder.ts';
import { faultError } from './wasm-faults.ts';

/** The exports of wasm/objects/index.ts that decode entries. */
interface DecoderExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  inflateWhole(start: number, stop: number, address: number, size: number): void;
  inflateDelta(start: number, stop: number, address: number, size: number): number;
  applyDelta(base: number, baseSize: number, address: number, size: number): void;
  startTree(address: number, size: number): void;
  listDirectories(): number;
  unread(): number;
}

const PAGE = 0x10000;
/** Bytes that are taken at once where reads do not follow one another: most objects need no more. */
const RANDOM_SIZE = 0x2000;

/** Compiles what a {@link WasmDecoder} is an instance of. @throws what WebAssembly throws */
export function compileDecoder(): void {
  compile(OBJECTS_WASM);
}

/** Decodes entries in WebAssembly: what is inflated and what deltas make never leaves its memory. */
export class WasmDecoder implements EntryDecoder {
  memory: Uint8Array<ArrayBuffer>;
  readonly start = OBJECTS;
  readonly maxDeltaSize = MAX_DELTA_SIZE;
  end: PackOffset = 0;
  readonly #wasm: DecoderExports;
  readonly #pack: ByteSource;
  /** What of the PACK stands at INPUT. */
  #from: PackOffset = 0;
  #to: PackOffset = 0;
  /** The entry in the making: where its stream begins, and its inflated size. */
  #dataOffset: PackOffset = 0;
  #size = 0;

  /**
   * `pack` begins with the PACK's magic.
   * @throws what WebAssembly throws, where the runtime lacks it or its SIMD instructions
   */
  constructor(pack: ByteSource) {
    this.#pack = pack;
    this.#wasm = instantiate<DecoderExports>(OBJECTS_WASM, {
      refill: () => this.#refill(),
      fail: (fault: number) => {
        throw faultError(fault, this.#dataOffset);
      },
    });
    this.memory = new Uint8Array(this.#wasm.memory.buffer);
  }

  grow(size: number): void {
    const pages = Math.ceil((size - this.memory.length) / PAGE);
    if (pages <= 0) return;
    try {
      this.#wasm.memory.grow(pages);
    } catch (cause) {
      throw new FormatError('LIMIT', `no memory for ${size} bytes of objects`, { cause });
    }
    this.memory = new Uint8Array(this.#wasm.memory.buffer);
  }

  readHeader(packOffset: PackOffset): EntryHeader {
    if (packOffset < this.#from || packOffset + MAX_ENTRY_HEADER > this.#to) this.#load(packOffset);
    const at = INPUT + packOffset - this.#from;
    return decodeEntryHeader(this.memory, at, INPUT + this.#to - this.#from, packOffset);
  }

  inflate(header: EntryHeader, address: number): void {
    const { size } = header;
    const start = this.#startOf(header);
    this.#wasm.inflateWhole(start, INPUT + this.#to - this.#from, address, size);
    this.end = this.#to - this.#wasm.unread();
  }

  inflateDelta(header: EntryHeader, address: number = OUTPUT): number {
    const { size } = header;
    const start = this.#startOf(header);
    const stop = INPUT + this.#to - this.#from;
    const resultSize = this.#wasm.inflateDelta(start, stop, address, size);
    this.end = this.#to - this.#wasm.unread();
    return resultSize;
  }

  applyDelta(base: number, baseSize: number, address: number, size: number): void {
    this.#wasm.applyDelta(base, baseSize, address, size);
  }

  listDirectories(content: Uint8Array, visit: (oidStart: number) => void): void {
    this.#wasm.startTree(content.byteOffset, content.length);
    for (let count = MAX_LISTED; count === MAX_LISTED; ) {
      count = this.#wasm.listDirectories();
      if (count < 0) throw badTree(content);
      const listed = new Uint32Array(this.memory.buffer, OUTPUT, count);
      for (let i = 0; i < count; i++) visit(listed[i] as number);
    }
  }

  /** The address of the entry's stream, as much of which is at INPUT as is at hand. */
  #startOf({ dataOffset, size }: EntryHeader): number {
    this.#dataOffset = dataOffset;
    this.#size = size;
    if (dataOffset < this.#from || dataOffset > this.#to) this.#from = this.#to = dataOffset;
    return INPUT + dataOffset - this.#from;
  }

  /** Brings bytes from `packOffset` on to INPUT, enough for a header. */
  #load(packOffset: PackOffset): void {
    const follows = packOffset >= this.#from && packOffset <= this.#to;
    const most = follows ? INPUT_SIZE : RANDOM_SIZE;
    this.#from = this.#to = packOffset;
    for (let length = 0; length < MAX_ENTRY_HEADER; length = this.#to - this.#from) {
      const size = this.#take(INPUT + length, MAX_ENTRY_HEADER, most - length);
      if (size === 0) return;
      this.#to += size;
    }
  }

  /** Replaces the bytes at hand by those that follow them. */
  #refill(): number {
    // Most streams are shorter than half of what they inflate to.
    const want = Math.min(INPUT_SIZE, Math.floor(this.#size / 2) + 64);
    const size = this.#take(INPUT, want, Math.max(want, RANDOM_SIZE));
    if (size === 0) {
      throw new FormatError('TRUNCATED', 'a zlib stream does not end', { offset: this.#to });
    }
    this.#from = this.#to;
    this.#to += size;
    return size;
  }

  /** Copies what the source has at hand, `most` bytes at most, to `address`. */
  #take(address: number, want: number, most: number): number {
    const bytes = this.#pack.window(this.#to, want);
    const size = Math.min(bytes.length, most);
    this.memory.set(size === bytes.length ? bytes : bytes.subarray(0, size), address);
    return size;
  }
}

/** What is wrong with a tree: what makes the same checks in JavaScript says it. */
function badTree(content: Uint8Array): FormatError {
  try {
    listDirectories(content, () => {});
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  return new FormatError('BAD_TREE', 'not a tree');
}
