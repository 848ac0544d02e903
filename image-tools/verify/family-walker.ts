import {
  allocateBytes,
  applyDelta,
  type ByteSource,
  checkInflatedSize,
  decodeDeltaSizes,
  FormatError,
  type Inflater,
  type Limits,
  maxBuiltBytes,
  OBJECT_BLOB,
  type ObjectType,
  type PackOffset,
} from '#format';
import type { EntryTable } from './entry-table.ts';
import { type HeldBytes, NoRoom } from './held-bytes.ts';
import { releaseLarge, Scratch } from './scratch.ts';

/**
 * Receives each object. `content` is borrowed; it is undefined for an object without a delta that is too large
 * to be held, whose bytes went to `piece` before.
 */
export interface ObjectVisitor {
  object(position: number, type: ObjectType, content: Uint8Array): void;
  /** Pieces of a large object, in order; one call with an empty piece ends it. */
  largeObject(position: number, type: ObjectType, size: number, piece: Uint8Array): void;
}

/** A family whose rest needs more memory than its thread may hold; it can be sent to another thread. */
export interface SuspendedFamily {
  readonly root: number;
  /** The way to the object that did not fit; empty if the whole one was it. */
  readonly way: readonly { readonly position: number; readonly nextChild: number }[];
}

/** An object on the way from the whole one to the delta that is resolved just now. */
interface Step {
  readonly position: number;
  content: Uint8Array | undefined;
  nextChild: number;
}

/** Whole files above this size are streamed, unless a delta needs them. */
const STREAM_ABOVE = 0x1000000;
/** Bytes of content that a walk keeps for the deltas still to come; more is rebuilt when needed. */
const KEPT_BYTES = 0x4000000;
/** Chains of Git are 50 deltas long at most, unless it is told otherwise. */
const SCRATCH_LEVELS = 51;

/**
 * Gives the content of objects, family by family: a whole object, and all deltas that lead back to
 * it. Nothing recurses; what it holds is bounded by `held`, and 53 MiB that are used again and again.
 */
export class FamilyWalker {
  readonly #pack: ByteSource;
  readonly #table: EntryTable;
  readonly #inflater: Inflater;
  readonly #limits: Limits;
  readonly #held: HeldBytes;
  readonly #maxBuilt: number;
  #built = 0;
  #position = 0;
  /** The way of the walk, and how many bytes of content stand on it. */
  #steps: Step[] = [];
  #kept = 0;
  readonly #deltas = new Scratch();
  /** Memory for objects that are not the base of another. */
  readonly #leaves = new Scratch();
  /** Memory by depth in the chain: a walk holds one object of each depth at a time. */
  readonly #levels = Array.from({ length: SCRATCH_LEVELS }, () => new Scratch());

  constructor(
    pack: ByteSource,
    table: EntryTable,
    inflater: Inflater,
    limits: Limits,
    held: HeldBytes,
  ) {
    this.#pack = pack;
    this.#table = table;
    this.#inflater = inflater;
    this.#limits = limits;
    this.#held = held;
    this.#maxBuilt = maxBuiltBytes(pack.size, limits);
  }

  /** The entry that was read last: of a walk that throws, the one that is to blame. */
  get position(): number {
    return this.#position;
  }

  /** How many bytes were built so far. */
  get built(): number {
    return this.#built;
  }

  /**
   * Visits the whole object at position `root`, then all of its family. Gives what is left to do where
   * there was no room for it.
   * @throws FormatError, and what the visitor throws
   */
  walk(root: number, visitor: ObjectVisitor): SuspendedFamily | undefined {
    return this.#bounded(root, () => {
      const { childrenStart, sizes, types } = this.#table;
      const type = types[root] as ObjectType;
      this.#position = root;
      const size = sizes[root] as number;
      const childless = childrenStart[root] === childrenStart[root + 1];
      if (childless && size > STREAM_ABOVE && type === OBJECT_BLOB) {
        this.#stream(root, type, size, visitor);
        return;
      }
      const content = this.#inflate(root, type, childless ? this.#leaves : this.#levels[0]);
      visitor.object(root, type, content);
      if (childless) {
        releaseLarge(content);
        return;
      }
      this.#push(root, content);
      this.#walkDeltas(type, visitor);
    });
  }

  /** Goes on with a family that another walk left. @throws as {@link walk} */
  resume({ root, way }: SuspendedFamily, visitor: ObjectVisitor): SuspendedFamily | undefined {
    if (way.length === 0) return this.walk(root, visitor);
    return this.#bounded(root, () => {
      this.#steps = way.map((step) => ({ ...step, content: undefined }));
      this.#walkDeltas(this.#table.types[root] as ObjectType, visitor);
    });
  }

  #bounded(root: number, walk: () => void): SuspendedFamily | undefined {
    this.#steps = [];
    this.#kept = 0;
    try {
      walk();
      return undefined;
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      return { root, way: this.#steps.map(({ position, nextChild }) => ({ position, nextChild })) };
    } finally {
      this.#keepOnly(undefined);
      this.#steps = [];
    }
  }

  #stream(root: number, type: ObjectType, size: number, visitor: ObjectVisitor): void {
    this.#checkStreamSize(root, size);
    const dataOffset = this.#dataOffset(root);
    const length = this.#inflater.inflateStream(this.#pack, dataOffset, size, (piece) => {
      visitor.largeObject(root, type, size, piece);
      return undefined;
    });
    visitor.largeObject(root, type, size, new Uint8Array(0));
    this.#checkEnd(root, length as number);
  }

  /** Walks on below the last of the steps. */
  #walkDeltas(type: ObjectType, visitor: ObjectVisitor): void {
    const { children, childrenStart } = this.#table;
    const steps = this.#steps;
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      if (step.nextChild === childrenStart[step.position + 1]) {
        this.#drop(step);
        steps.pop();
        continue;
      }
      if (step.content === undefined) {
        step.content = this.#rebuild(type);
        this.#kept += step.content.length;
      }
      const position = children[step.nextChild] as number;
      const isLeaf = childrenStart[position] === childrenStart[position + 1];
      const scratch = isLeaf ? this.#leaves : this.#levels[steps.length];
      const result = this.#resolve(position, type, step.content, scratch);
      step.nextChild += 1;
      visitor.object(position, type, result);
      if (isLeaf) releaseLarge(result);
      else this.#push(position, result);
    }
  }

  #push(position: number, content: Uint8Array): void {
    const { childrenStart } = this.#table;
    this.#steps.push({ position, content, nextChild: childrenStart[position] as number });
    this.#kept += content.length;
    for (let i = 0; this.#kept > KEPT_BYTES && i < this.#steps.length - 1; i++) {
      this.#drop(this.#steps[i] as Step);
    }
  }

  #drop(step: Step): void {
    if (step.content === undefined) return;
    this.#kept -= step.content.length;
    releaseLarge(step.content);
    step.content = undefined;
  }

  /** Drops what can be rebuilt: all but the content that is needed just now. */
  #keepOnly(content: Uint8Array | undefined): void {
    for (const step of this.#steps) if (step.content !== content) this.#drop(step);
  }

  /** The content of the last step, from the nearest step whose content is still there. */
  #rebuild(type: ObjectType): Uint8Array {
    let from = this.#steps.length - 1;
    while (from > 0 && this.#steps[from]?.content === undefined) from -= 1;
    const first = this.#steps[from] as Step;
    let content = first.content ?? this.#inflate(first.position, type);
    for (const { position } of this.#steps.slice(from + 1)) {
      const base = content;
      content = this.#resolve(position, type, base);
      if (base !== first.content) releaseLarge(base);
    }
    return content;
  }

  /** A delta's object: in `scratch`, or in memory of its own. */
  #resolve(position: number, type: ObjectType, base: Uint8Array, scratch?: Scratch): Uint8Array {
    const delta = this.#inflate(position, OBJECT_BLOB, this.#deltas, base);
    const { resultSize } = decodeDeltaSizes(delta);
    this.#checkHeldSize(position, resultSize);
    this.#makeRoom(position, type, resultSize, base, delta.length);
    this.#checkBuilt(position, resultSize);
    const result = scratch?.take(resultSize) ?? allocateBytes(resultSize);
    applyDelta(base, delta, result);
    releaseLarge(delta);
    return result;
  }

  #inflate(position: number, type: ObjectType, scratch?: Scratch, base?: Uint8Array): Uint8Array {
    const size = this.#table.sizes[position] as number;
    this.#position = position;
    this.#checkHeldSize(position, size);
    this.#checkStreamSize(position, size);
    this.#makeRoom(position, type, size, base);
    this.#checkBuilt(position, size);
    const out = scratch?.take(size) ?? allocateBytes(size);
    this.#checkEnd(position, this.#inflater.inflate(this.#pack, this.#dataOffset(position), out));
    return out;
  }

  /** Makes room for `size` bytes beside the base, which is needed, and `more`. */
  #makeRoom(position: number, type: ObjectType, size: number, base?: Uint8Array, more = 0): void {
    if (this.#held.fits(type, size, this.#kept + (base?.length ?? 0) + more)) return;
    this.#keepOnly(base);
    const packOffset = this.#table.packOffsets[position] as number;
    this.#held.check(type, size, (base?.length ?? 0) + more, packOffset);
  }

  #dataOffset(position: number): PackOffset {
    const { packOffsets, headerLengths } = this.#table;
    return (packOffsets[position] as number) + (headerLengths[position] as number);
  }

  #checkStreamSize(position: number, size: number): void {
    const start = this.#dataOffset(position);
    checkInflatedSize(size, (this.#table.packOffsets[position + 1] as number) - start, start);
  }

  #checkEnd(position: number, length: number): void {
    const end = this.#dataOffset(position) + length;
    if (end !== this.#table.packOffsets[position + 1]) {
      throw new FormatError('BAD_PACK', 'an entry does not end where the next one begins', {
        offset: end,
      });
    }
  }

  /** Families can be made so that all of it is built many times over: that is bounded as a whole. */
  #checkBuilt(position: number, size: number): void {
    this.#built += size;
    if (this.#built > this.#maxBuilt) {
      throw new FormatError('LIMIT', `the PACK expands to more than ${this.#maxBuilt} bytes`, {
        offset: this.#table.packOffsets[position],
      });
    }
  }

  #checkHeldSize(position: number, size: number): void {
    const { maxObjectSize } = this.#limits;
    if (size > maxObjectSize) {
      throw new FormatError('LIMIT', `${size} bytes in memory, at most ${maxObjectSize} allowed`, {
        offset: this.#table.packOffsets[position],
      });
    }
  }
}
