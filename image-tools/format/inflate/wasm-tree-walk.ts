import { FormatError } from '../base/errors.ts';
import type { Limits } from '../base/limits.ts';
import type { PackOffset } from '../base/offsets.ts';
import { type ByteSource, readOnce } from '../bytes/byte-source.ts';
import { OID_LENGTH, type Oid } from '../git/oid.ts';
import { PACK_TRAILER_SIZE } from '../git/pack-header.ts';
import type { Idx } from '../idx/idx.ts';
import { instantiate } from '../wasm/instantiate.ts';
import { INPUT, INPUT_SIZE, OBJECTS, OUTPUT } from '../wasm/objects/memory-map.ts';
import { OBJECTS_WASM } from '../wasm/objects.ts';
import type { TreeWalk, WalkedTrees, WalkHost } from './tree-walk.ts';

/** The exports of wasm/objects/index.ts that walk trees. */
interface WalkExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  startIdx(address: number, size: number, rows: number, end: number, a: number, b: number): void;
  startWalk(...addressesAndLimits: readonly number[]): void;
  directoryAt(oid: number): number;
  directoryCount(): number;
  planRuns(): number;
  decodeRun(place: number, end: number, offset: number, address: number, stop: number): void;
  reachedPlace(): number;
  reserve(size: number): number;
  takeTree(directory: number, size: number): number;
  numberTrees(): void;
  treesEnd(): number;
}

const PAGE = 0x10000;
/** Room for trees from the start; it is made as they come. */
const FIRST_TREES = 0x40000;
/** Runs of entries that a source is told of at once, at most. */
const BATCH = 64;

/** Thrown out of the WebAssembly, which leaves to others what is wrong. */
const LEFT_TO_OTHERS = new Error('not plain');

function leave(): never {
  throw LEFT_TO_OTHERS;
}

/**
 * Walks trees in WebAssembly, with the IDX in its memory: one call decodes, checks and numbers all
 * trees that are near each other, and deltas of trees that it has. Other deltas, large trees and faults are
 * left to the host.
 */
export class WasmTreeWalk implements TreeWalk {
  readonly #wasm: WalkExports;
  readonly #pack: ByteSource;
  readonly #maxSize: number;
  /** All of the memory, as bytes and as numbers; no memory any more once it has grown: see `#refresh`. */
  #memory = new Uint8Array(0);
  #words = new Uint32Array(0);
  #floats = new Float64Array(0);
  /** What startWalk was told: where each table stands. */
  readonly #oids: number;
  readonly #entryStarts: number;
  readonly #treeStarts: number;
  readonly #treeEnds: number;
  readonly #order: number;
  readonly #runs: number;
  readonly #runEnds: number;
  readonly #trees: number;

  /**
   * `pack` begins with the PACK's magic; reads the whole of `idx`, which is not empty.
   * @throws FormatError TRUNCATED; LIMIT where the machine has no memory left
   * @throws what WebAssembly throws, where the runtime lacks it or its SIMD instructions
   */
  constructor(pack: ByteSource, idx: Idx, { maxTreeSize }: Limits, maxSize: number) {
    this.#pack = pack;
    this.#maxSize = maxSize;
    this.#wasm = instantiate<WalkExports>(OBJECTS_WASM, { refill: leave, fail: leave });
    const { count, loadSize } = idx;
    let next = OBJECTS;
    function table(bytes: number): number {
      const address = next;
      next = Math.ceil((next + bytes) / 8) * 8;
      return address;
    }
    const idxAt = table(loadSize);
    const [sorted, buckets] = [table(8 * count), table(4 * (count + 1))];
    const numbers = table(4 * count);
    this.#oids = table(OID_LENGTH * count);
    this.#entryStarts = table(8 * count);
    const entryEnds = table(8 * count);
    this.#treeStarts = table(4 * count);
    this.#treeEnds = table(4 * count);
    const parents = table(4 * count);
    const waiting = table(4 * count);
    const held = table(4 * count);
    const heldNext = table(4 * count);
    this.#order = table(4 * count);
    this.#runs = table(16 * count);
    this.#runEnds = table(4 * count);
    this.#trees = next;
    this.#grow(next + FIRST_TREES);
    idx.copyTo(this.#memory.subarray(idxAt, idxAt + loadSize));
    this.#wasm.startIdx(idxAt, loadSize, count, pack.size - PACK_TRAILER_SIZE, sorted, buckets);
    this.#wasm.startWalk(
      numbers,
      this.#oids,
      this.#entryStarts,
      entryEnds,
      this.#treeStarts,
      this.#treeEnds,
      parents,
      waiting,
      held,
      heldNext,
      this.#order,
      this.#runs,
      this.#runEnds,
      this.#trees,
      // Any number may be a limit, but no more than 32 bits go there.
      Math.min(maxTreeSize, maxSize),
      maxSize,
    );
  }

  walk(root: Oid, host: WalkHost): WalkedTrees {
    const wasm = this.#wasm;
    this.#memory.set(root, OUTPUT);
    if (wasm.directoryAt(OUTPUT) < 0) throw new FormatError('MISSING_OBJECT', 'no root');
    for (let runs = wasm.planRuns(); runs > 0; runs = wasm.planRuns()) this.#walkLevel(runs, host);
    wasm.numberTrees();
    const count = wasm.directoryCount();
    const [starts, ends] = [this.#treeStarts / 4, this.#treeEnds / 4];
    return {
      bytes: this.#memory.slice(this.#trees, wasm.treesEnd()),
      oids: this.#memory.slice(this.#oids, this.#oids + OID_LENGTH * count),
      starts: this.#words.slice(starts, starts + count),
      ends: this.#words.slice(ends, ends + count),
    };
  }

  #walkLevel(count: number, host: WalkHost): void {
    let done = 0;
    // The source reads the next runs while these are decoded.
    let [tellAt, told] = [0, this.#prefetch(0, count)];
    for (let run = 0; run < count; run++) {
      if (run === tellAt && told < count) {
        tellAt = told;
        told += this.#prefetch(told, count);
      }
      const offset = this.#floats[this.#runs / 8 + 2 * run] as PackOffset;
      const stop = this.#floats[this.#runs / 8 + 2 * run + 1] as PackOffset;
      const end = this.#words[this.#runEnds / 4 + run] as number;
      const length = this.#bring(offset, stop);
      while (done < end) {
        done = this.#decode(done, end, offset, INPUT + length);
        if (done < end) this.#takeOther(done++, host);
      }
    }
  }

  /** Tells the source of runs from `run` on; gives how many it took. */
  #prefetch(run: number, count: number): number {
    const most = Math.min(count - run, BATCH);
    const extents = this.#floats.subarray(this.#runs / 8 + 2 * run).subarray(0, 2 * most);
    return this.#pack.prefetch?.(extents) ?? most;
  }

  /** Brings the bytes of a run to INPUT; gives how many. */
  #bring(start: PackOffset, stop: PackOffset): number {
    const length = Math.max(0, Math.min(stop - start, INPUT_SIZE, this.#pack.size - start));
    readOnce(this.#pack, start, this.#memory.subarray(INPUT, INPUT + length));
    return length;
  }

  #decode(place: number, end: number, offset: PackOffset, stop: number): number {
    try {
      this.#wasm.decodeRun(place, end, offset, INPUT, stop);
    } catch (error) {
      if (error !== LEFT_TO_OTHERS) throw error;
    }
    this.#refresh();
    return this.#wasm.reachedPlace();
  }

  /** Takes a tree that the host reads. */
  #takeOther(place: number, host: WalkHost): void {
    const directory = this.#words[this.#order / 4 + place] as number;
    const packOffset = this.#floats[this.#entryStarts / 8 + directory] as PackOffset;
    const content = host.readTree(packOffset);
    const size = this.#wasm.treesEnd() - this.#trees + content.length;
    if (size > this.#maxSize) {
      throw new FormatError('LIMIT', `more than ${this.#maxSize} bytes of trees`);
    }
    const address = this.#wasm.reserve(content.length);
    if (address === 0) throw new FormatError('LIMIT', `no memory for ${size} bytes of trees`);
    this.#refresh();
    this.#memory.set(content, address);
    if (this.#wasm.takeTree(directory, content.length) === 0) {
      throw new FormatError('BAD_TREE', 'no tree, or one of what is not there');
    }
  }

  #grow(size: number): void {
    const { memory } = this.#wasm;
    try {
      memory.grow(Math.ceil((size - memory.buffer.byteLength) / PAGE));
    } catch (cause) {
      throw new FormatError('LIMIT', `no memory for ${size} bytes of the IDX`, { cause });
    }
    this.#refresh();
  }

  #refresh(): void {
    if (this.#memory.length > 0) return;
    const { buffer } = this.#wasm.memory;
    this.#memory = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#floats = new Float64Array(buffer);
  }
}
