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
import { Scratch } from './scratch.ts';

/**
 * What is done with each object: `content` is borrowed, and undefined for a whole object above the
 * limit of what is held in memory, which is streamed to `piece` before.
 */
export interface ObjectVisitor {
  object(position: number, type: ObjectType, content: Uint8Array): void;
  /** Pieces of a large object, in order; one call with an empty piece ends it. */
  largeObject(position: number, type: ObjectType, size: number, piece: Uint8Array): void;
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
 * it. Nothing recurses; memory is bounded by the largest object and {@link KEPT_BYTES}.
 */
export class FamilyWalker {
  readonly #pack: ByteSource;
  readonly #table: EntryTable;
  readonly #inflater: Inflater;
  readonly #limits: Limits;
  readonly #maxBuilt: number;
  #built = 0;
  #position = 0;
  readonly #deltas = new Scratch();
  /** For objects that no delta needs afterwards. */
  readonly #leaves = new Scratch();
  /** By how many deltas lie below: a walk holds one object at a time of each. */
  readonly #levels = Array.from({ length: SCRATCH_LEVELS }, () => new Scratch());

  constructor(pack: ByteSource, table: EntryTable, inflater: Inflater, limits: Limits) {
    this.#pack = pack;
    this.#table = table;
    this.#inflater = inflater;
    this.#limits = limits;
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
   * Visits the whole object at position `root`, then all of its family.
   * @throws FormatError, and what the visitor throws
   */
  walk(root: number, visitor: ObjectVisitor): void {
    const { childrenStart, sizes, types } = this.#table;
    const type = types[root] as ObjectType;
    this.#position = root;
    const size = sizes[root] as number;
    const childless = childrenStart[root] === childrenStart[root + 1];
    if (childless && size > STREAM_ABOVE && type === OBJECT_BLOB) {
      this.#checkStreamSize(root, size);
      const length = this.#inflater.inflateStream(
        this.#pack,
        this.#dataOffset(root),
        size,
        (piece) => {
          visitor.largeObject(root, type, size, piece);
          return undefined;
        },
      );
      visitor.largeObject(root, type, size, new Uint8Array(0));
      this.#checkEnd(root, length as number);
      return;
    }
    const content = this.#inflate(root, childless ? this.#leaves : this.#levels[0]);
    visitor.object(root, type, content);
    if (!childless) this.#walkDeltas(root, type, content, visitor);
  }

  #walkDeltas(root: number, type: ObjectType, content: Uint8Array, visitor: ObjectVisitor): void {
    const { children, childrenStart } = this.#table;
    const steps: Step[] = [{ position: root, content, nextChild: childrenStart[root] as number }];
    let kept = content.length;
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      if (step.nextChild === childrenStart[step.position + 1]) {
        kept -= step.content?.length ?? 0;
        steps.pop();
        continue;
      }
      if (step.content === undefined) {
        step.content = this.#rebuild(steps);
        kept += step.content.length;
      }
      const position = children[step.nextChild++] as number;
      const isLeaf = childrenStart[position] === childrenStart[position + 1];
      const scratch = isLeaf ? this.#leaves : this.#levels[steps.length];
      const result = this.#resolve(position, step.content, scratch);
      visitor.object(position, type, result);
      if (isLeaf) continue;
      steps.push({ position, content: result, nextChild: childrenStart[position] as number });
      kept += result.length;
      for (let i = 0; kept > KEPT_BYTES && i < steps.length - 1; i++) {
        const old = steps[i] as Step;
        kept -= old.content?.length ?? 0;
        old.content = undefined;
      }
    }
  }

  /** The content of the last step, from the nearest step whose content is still there. */
  #rebuild(steps: readonly Step[]): Uint8Array {
    let from = steps.length - 1;
    while (from > 0 && steps[from]?.content === undefined) from -= 1;
    const first = steps[from] as Step;
    let content = first.content ?? this.#inflate(first.position);
    for (const { position } of steps.slice(from + 1)) content = this.#resolve(position, content);
    return content;
  }

  /** A delta's object: in `scratch`, or in memory of its own. */
  #resolve(position: number, base: Uint8Array, scratch?: Scratch): Uint8Array {
    const delta = this.#inflate(position, this.#deltas);
    const { resultSize } = decodeDeltaSizes(delta);
    this.#checkHeldSize(position, resultSize);
    this.#checkBuilt(position, resultSize);
    const result = scratch?.take(resultSize) ?? allocateBytes(resultSize);
    applyDelta(base, delta, result);
    return result;
  }

  #inflate(position: number, scratch?: Scratch): Uint8Array {
    const size = this.#table.sizes[position] as number;
    this.#position = position;
    this.#checkHeldSize(position, size);
    this.#checkStreamSize(position, size);
    this.#checkBuilt(position, size);
    const out = scratch?.take(size) ?? allocateBytes(size);
    this.#checkEnd(position, this.#inflater.inflate(this.#pack, this.#dataOffset(position), out));
    return out;
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
