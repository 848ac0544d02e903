import { availableParallelism } from 'node:os';
import { release } from '../base/columns.ts';
import { consumeInOrder } from '../base/in-order.ts';
import type { ObjectList } from '../source/objects.ts';
import { SKETCH_SIZE } from './kernel.ts';
import { deflateLargeObject } from './large-object.ts';
import { type Level, type SegmentBounds, searchOptions } from './levels.ts';
import { orderObjects } from './object-order.ts';
import { OldEntries, type OldPack } from './old-entries.ts';
import type { Anchors } from './segment-encoder.ts';
import { cutSegments, cutSlices } from './segments.ts';
import { isInFile } from './source-content.ts';
import { WorkerPool } from './worker-pool.ts';
import type { PackWriter } from './writer.ts';

/** How to pack. Jobs change the speed only, never the bytes. */
export interface PackOptions {
  readonly level?: Level | undefined;
  /** Earlier objects tried as the base of each object; by default the level's. */
  readonly window?: number | undefined;
  /** Longest chain of deltas; by default the level's. */
  readonly depth?: number | undefined;
  /** Bytes that a microsecond of reading is worth; by default the level's. */
  readonly readCost?: number | undefined;
  /** Store files whole. */
  readonly wholeFiles?: boolean | undefined;
  /** An older image: what it has of the objects is taken over as it lies there. */
  readonly old?: OldPack | undefined;
  /** Called once all that is taken over was given to the writer, if anything was. */
  readonly onCopied?: (() => void) | undefined;
  /** Worker threads; by default one for each core. */
  readonly jobs?: number | undefined;
  /** Told now and then how far the packer is, in bytes of content. */
  readonly onProgress?: ((progress: PackProgress) => void) | undefined;
  /** Stops the threads; the error that follows says nothing of it. */
  readonly signal?: AbortSignal | undefined;
}

interface PackProgress {
  readonly phase: 'compare' | 'compress';
  /** Bytes of content done, of all there are. */
  readonly done: number;
  readonly total: number;
}

/** What was packed. */
export interface PackSummary {
  readonly objects: number;
  readonly deltas: number;
}

/** Larger contents are deflated as they are read, in bytes; the others are searched for deltas. */
const MAX_SEARCHED = 32 << 20;
/** Contents of one sketching task, in bytes. */
const SKETCH_BYTES = 8 << 20;
/** Contents of the segments on their way at one time, in bytes: bounds the memory of many threads. */
const MAX_IN_FLIGHT = 192 << 20;

/**
 * Writes every object of the list through `writer` as an entry, deltas against earlier ones where
 * that is smaller. The same list and options, `jobs` aside, give the same bytes. Memory does not
 * grow with the contents: some 300 bytes an object, and what each thread holds.
 * @throws ContentChangedError if a file is not any more what was hashed
 */
export async function packObjects(
  objects: ObjectList,
  writer: PackWriter,
  options: PackOptions = {},
): Promise<PackSummary> {
  const jobs = options.jobs ?? availableParallelism();
  const search = searchOptions(options.level ?? 'default', options);
  const pool = new WorkerPool(jobs, objects, { objects: objects.share(), search });
  const stop = () => void pool.close();
  options.signal?.addEventListener('abort', stop);
  try {
    options.signal?.throwIfAborted();
    // It starts while entries are copied.
    if (options.old !== undefined) pool.warm();
    const old = options.old && new OldEntries(options.old, objects, search);
    const { segments } = search;
    const { onCopied } = options;
    return await new Packer(
      { objects, writer, pool, jobs, segments, old, onCopied },
      options.onProgress,
    ).run();
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await pool.close();
  }
}

const NO_ANCHORS: Anchors = {
  rows: new Uint32Array(0),
  depths: new Uint16Array(0),
  readCosts: new Float64Array(0),
};

interface PackerParts {
  readonly objects: ObjectList;
  readonly writer: PackWriter;
  readonly pool: WorkerPool;
  readonly jobs: number;
  readonly segments: SegmentBounds;
  readonly old: OldEntries | undefined;
  readonly onCopied: (() => void) | undefined;
}

class Packer {
  readonly #objects: ObjectList;
  readonly #writer: PackWriter;
  readonly #pool: WorkerPool;
  readonly #jobs: number;
  readonly #segments: SegmentBounds;
  readonly #old: OldEntries | undefined;
  readonly #onCopied: (() => void) | undefined;
  readonly #report: (progress: PackProgress) => void;
  #deltas = 0;

  constructor(parts: PackerParts, report: (progress: PackProgress) => void = () => undefined) {
    this.#objects = parts.objects;
    this.#writer = parts.writer;
    this.#pool = parts.pool;
    this.#jobs = parts.jobs;
    this.#segments = parts.segments;
    this.#old = parts.old;
    this.#onCopied = parts.onCopied;
    this.#report = report;
  }

  async run(): Promise<PackSummary> {
    const objects = this.#objects;
    const all = Uint32Array.from({ length: objects.count }, (_, row) => row).filter(
      (row) => !this.#old?.has(row),
    );
    if (this.#old !== undefined && this.#old.count > 0) {
      await this.#old.copyTo(this.#writer);
      this.#deltas = this.#old.deltas;
      this.#onCopied?.();
    }
    const isStreamed = (row: number) =>
      objects.sizeOf(row) > MAX_SEARCHED && isInFile(objects, row);
    const rows = all.filter((row) => !isStreamed(row));
    const large = all.filter(isStreamed);
    const sketches = await this.#sketch(rows);
    const { order, parents } = orderObjects(objects, rows, sketches);
    release(sketches);
    const report = this.#startPhase('compress', this.#sizesOf(all));
    await this.#packSegments(order, parents, report);
    for (const row of large) {
      await this.#packLarge(row);
      report(objects.sizeOf(row));
    }
    return { objects: objects.count, deltas: this.#deltas };
  }

  /** Gives a function that is told how many bytes of content more are done. */
  #startPhase(phase: PackProgress['phase'], sizes: Float64Array): (bytes: number) => void {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let done = 0;
    return (bytes) => {
      done += bytes;
      this.#report({ phase, done, total });
    };
  }

  async #sketch(rows: Uint32Array): Promise<Uint32Array> {
    const sketches = new Uint32Array(rows.length * SKETCH_SIZE);
    const sizes = this.#sizesOf(rows);
    const report = this.#startPhase('compare', sizes);
    await consumeInOrder(
      cutSlices(sizes, SKETCH_BYTES),
      { tasks: this.#jobs * 2, bytes: MAX_IN_FLIGHT },
      ({ start, end }) => this.#pool.run('sketch', { rows: rows.slice(start, end) }),
      (result, { start, bytes }) => {
        sketches.set(result, start * SKETCH_SIZE);
        report(bytes);
      },
    );
    return sketches;
  }

  async #packSegments(
    rows: Uint32Array,
    parents: Int32Array,
    report: (bytes: number) => void,
  ): Promise<void> {
    await consumeInOrder(
      cutSegments(this.#sizesOf(rows), parents, this.#segments),
      { tasks: this.#jobs * 2, bytes: MAX_IN_FLIGHT },
      async ({ start, end }) => {
        const own = rows.slice(start, end);
        const anchors = this.#old?.anchorsFor(own) ?? NO_ANCHORS;
        const outside = Float64Array.from(anchors.rows, (row) =>
          (this.#old as OldEntries).packOffsetOf(row),
        );
        const relatives = parents.slice(start, end).map((parent) => Math.max(parent - start, -1));
        const segment = await this.#pool.run('segment', { rows: own, relatives, anchors });
        return { ...segment, outside };
      },
      (segment, { start, bytes }) => {
        const { entries, outside } = segment;
        const rowOf = (place: number) => rows[start + (entries.order[place] as number)] as number;
        const oidOf = (place: number) => this.#objects.oidOf(rowOf(place));
        this.#writer.appendRun(entries, oidOf, outside);
        this.#deltas += segment.deltas;
        release(entries.data);
        report(bytes);
      },
    );
  }

  async #packLarge(row: number): Promise<void> {
    await this.#writer.appendStream({
      oid: this.#objects.oidOf(row),
      type: this.#objects.typeOf(row),
      size: this.#objects.sizeOf(row),
      compressed: deflateLargeObject(this.#objects, row, this.#pool, this.#jobs * 2),
    });
  }

  #sizesOf(rows: Uint32Array): Float64Array {
    return Float64Array.from(rows, (row) => this.#objects.sizeOf(row));
  }
}
