import { deflateSync } from 'node:zlib';
import { equalBytes, RESTART_SIZE } from '#format';
import { deflateInParts, deflatePart, ZLIB_HEADER, ZLIB_TRAILER_LENGTH } from './deflate-parts.ts';
import type { Kernel, KernelMemory } from './kernel.ts';
import type { LazyEffort, OwnDeflate, SearchOptions } from './levels.ts';

/** Bytes in the kernel's memory. */
export interface Place {
  readonly address: number;
  readonly size: number;
}

/** A zlib stream, or its size alone, where that has been measured. */
export interface Deflated {
  /** In bytes: infinite where it has become clear that it is above a limit. */
  readonly size: number;
  readonly data?: Uint8Array;
}

/** Bytes in the kernel's memory, with what becomes of them. */
export interface DeflatedPlace extends Place {
  readonly deflated: Deflated;
}

/** Most bytes that zlib's output grows by at a time. */
const MAX_CHUNK = 0x4000;
/** Contents up to this size, in bytes, are few bytes in all: deflate may take its time for them. */
const SMALL = 1 << 15;
/** Targets, and bases, up to these sizes, in bytes, are worth the search for their cheapest delta. */
const MAX_REFINED = 1 << 15;
const MAX_REFINED_BASE = 1 << 16;
/** Places of the base tried for each byte of the target. */
const REFINED_CHAIN = 64;
/**
 * What a literal may cost in the end, in units of 1/32 bit: little where a page repeats its own
 * words, nearly a whole byte in a delta of some twenty.
 */
const LITERAL_COSTS = [2.25, 3.5, 6].map((bits) => bits * 32);

/** More than any size. */
const NO_LIMIT = 0xffff_ffff;
const TOO_LARGE: Deflated = { size: Number.POSITIVE_INFINITY };

function withSize(data: Uint8Array): Deflated {
  return { size: data.length, data };
}

/** Makes zlib streams out of what stands in the kernel's memory, as small as the level asks for. */
export class Compressor {
  readonly #kernel: Kernel;
  readonly #search: SearchOptions;
  readonly #deflateWork: number;
  readonly #deflated: number;
  readonly #pathWork: number;
  /** Places of the best delta so far, and of the next one. */
  readonly #refined: number;
  readonly #spare: number;
  #memory: Uint8Array = new Uint8Array(0);

  /** Takes its areas from `memory`, for contents of at most `largest` bytes. */
  constructor(kernel: Kernel, search: SearchOptions, memory: KernelMemory, largest: number) {
    this.#kernel = kernel;
    this.#search = search;
    const take = (size: () => number) => memory.take(search.ownDeflate === undefined ? 0 : size());
    const takeToRefine = (size: () => number) => memory.take(search.refine ? size() : 0);
    const target = Math.min(largest, MAX_REFINED);
    this.#deflateWork = take(() => Math.max(kernel.deflateMemory(), kernel.lazyMemory()));
    this.#deflated = take(() => kernel.deflateBound(largest));
    this.#pathWork = takeToRefine(() =>
      kernel.deltaPathMemory(Math.min(largest, MAX_REFINED_BASE), target),
    );
    this.#refined = takeToRefine(() => kernel.deltaBound(target));
    this.#spare = takeToRefine(() => kernel.deltaBound(target));
  }

  /** Tells where the kernel's memory is, once all areas are taken. */
  use(memory: Uint8Array): void {
    this.#memory = memory;
  }

  /** What a delta deflates to. */
  measure(place: Place, limit: number): Deflated {
    const { ownDeflate, deflateLevel } = this.#search;
    if (ownDeflate === undefined) return withSize(this.#zlib(place, deflateLevel));
    const size = this.#lazily(place, ownDeflate.trial, true, limit, 0);
    return size === 0 ? TOO_LARGE : { size };
  }

  /** The same for a whole object, measured with the same effort. */
  measureWhole(place: Place, limit: number): Deflated {
    if (this.#search.ownDeflate !== undefined) return this.measure(place, limit);
    return withSize(this.deflateWhole(place));
  }

  #zlib({ address, size }: Place, level: number): Uint8Array {
    // Every result holds on to a whole chunk, 16 KiB by default: most deltas take a hundred bytes.
    const chunkSize = Math.min(size + 64, MAX_CHUNK);
    const content = this.#memory.subarray(address, address + size);
    return deflateSync(content, { level, chunkSize });
  }

  #lazily(place: Place, effort: LazyEffort, isLast: boolean, limit: number, out: number): number {
    return this.#kernel.deflateLazily(
      place.address,
      place.size,
      effort.maxChain,
      effort.enough,
      isLast,
      Math.max(0, Math.min(Math.floor(limit), NO_LIMIT)),
      this.#deflateWork,
      out,
    );
  }

  /** The zlib stream of a whole object: one of many bytes in parts, so that it can be read in part. */
  deflateWhole(place: Place): Uint8Array {
    const { ownDeflate, deflateLevel } = this.#search;
    const isOne = place.size <= RESTART_SIZE;
    if (ownDeflate === undefined) {
      if (isOne) return this.#zlib(place, deflateLevel);
      return deflateInParts(this.#bytesOf(place), (part, isLast) =>
        deflatePart(part, deflateLevel, isLast),
      );
    }
    if (isOne) return this.#deflateOwnWhole(place, true).slice();
    // All memory of the kernel is one array: a view of it says where it is.
    return deflateInParts(this.#bytesOf(place), ({ byteOffset: address, length: size }, isLast) =>
      this.#deflateOwnWhole({ address, size }, isLast).slice(
        ZLIB_HEADER.length,
        -ZLIB_TRAILER_LENGTH,
      ),
    );
  }

  /** The zlib stream of a delta, of which `known` has been measured. */
  deflateDelta(place: Place, known: Deflated): Uint8Array {
    if (known.data !== undefined) return known.data;
    return this.#deflateOwn(place, true).slice();
  }

  /** Streams that the kernel makes, borrowed until the next one. */
  #deflateOwnWhole(place: Place, isLast: boolean): Uint8Array {
    const whole = this.#search.ownDeflate?.whole;
    if (whole === undefined || place.size <= SMALL) return this.#deflateOwn(place, isLast);
    const address = this.#deflated;
    const size = this.#lazily(place, whole, isLast, NO_LIMIT, address);
    return this.#bytesOf({ address, size });
  }

  #deflateOwn(place: Place, isLast: boolean): Uint8Array {
    const { ownDeflate } = this.#search as { ownDeflate: OwnDeflate };
    const { maxChain, enough, passes, guess } =
      place.size <= SMALL ? ownDeflate.small : ownDeflate.large;
    const address = this.#deflated;
    const size = this.#kernel.deflate(
      place.address,
      place.size,
      maxChain,
      enough,
      passes,
      guess,
      isLast,
      this.#deflateWork,
      address,
    );
    return this.#bytesOf({ address, size });
  }

  #isSame(a: Place, b: Place): boolean {
    return a.size === b.size && equalBytes(this.#bytesOf(a), this.#bytesOf(b));
  }

  #bytesOf({ address, size }: Place): Uint8Array {
    return this.#memory.subarray(address, address + size);
  }

  /**
   * The smallest delta to `target` from the base that the kernel has selected, of `baseSize` bytes:
   * `found`, or one that the level can find still.
   */
  refine(target: Place, baseSize: number, found: DeflatedPlace): DeflatedPlace {
    if (!this.#search.refine) return found;
    if (target.size > MAX_REFINED || baseSize > MAX_REFINED_BASE) return found;
    this.#kernel.listCopies(target.address, target.size, REFINED_CHAIN, this.#pathWork);
    let best = found;
    let out = this.#refined;
    for (const cost of LITERAL_COSTS) {
      const size = this.#kernel.encodeCheapest(target.address, target.size, cost, out);
      // Another cost often leads down the same path.
      if (this.#isSame(best, { address: out, size })) continue;
      const deflated = this.measure({ address: out, size }, best.deflated.size - 1);
      if (deflated.size >= best.deflated.size) continue;
      best = { address: out, size, deflated };
      out = out === this.#refined ? this.#spare : this.#refined;
    }
    return best;
  }
}
