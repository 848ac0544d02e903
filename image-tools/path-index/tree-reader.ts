import {
  applyDelta,
  type ByteSource,
  checkInflatedSize,
  decodeDeltaSizes,
  type EntryHeader,
  FormatError,
  type Idx,
  type Inflater,
  type Limits,
  maxBuiltBytes,
  type OBJECT_COMMIT,
  type OBJECT_TREE,
  type ObjectType,
  type PackOffset,
  readEntryHeader,
  TYPE_NAMES,
} from '#format';

/** Bytes of trees that are kept: bases of the deltas to come, and folders that occur again. */
const CACHE_BYTES = 32 * 2 ** 20;

/** Reads commits and trees out of a PACK in any order. Those it gives are not to be written into. */
export class TreeReader {
  readonly #pack: ByteSource;
  readonly #idx: Idx;
  readonly #inflater: Inflater;
  readonly #limits: Limits;
  readonly #maxBuilt: number;
  #built = 0;
  /** In the order of use. */
  readonly #cache = new Map<PackOffset, { type: ObjectType; content: Uint8Array }>();
  #cached = 0;

  constructor(pack: ByteSource, idx: Idx, inflater: Inflater, limits: Limits) {
    this.#pack = pack;
    this.#idx = idx;
    this.#inflater = inflater;
    this.#limits = limits;
    this.#maxBuilt = maxBuiltBytes(pack.size, limits);
  }

  /** The content of the commit or tree at `packOffset`. @throws FormatError */
  read(packOffset: PackOffset, wanted: typeof OBJECT_COMMIT | typeof OBJECT_TREE): Uint8Array {
    const deltas: EntryHeader[] = [];
    let at = packOffset;
    let object = this.#cache.get(at);
    while (object === undefined) {
      const header = readEntryHeader(this.#pack, at);
      const base = this.#baseOf(header);
      if (base === undefined) {
        object = { type: header.type as ObjectType, content: this.#inflate(header) };
      } else {
        deltas.push(header);
        if (deltas.length > this.#limits.maxDeltaDepth) {
          throw new FormatError('LIMIT', `a chain of more than ${deltas.length - 1} deltas`, {
            offset: packOffset,
          });
        }
        at = base;
        object = this.#cache.get(at);
      }
    }
    let { type, content } = object;
    for (let header = deltas.pop(); header !== undefined; header = deltas.pop()) {
      const delta = this.#inflate(header);
      const result = new Uint8Array(this.#checked(decodeDeltaSizes(delta).resultSize, header));
      applyDelta(content, delta, result);
      content = result;
    }
    if (type !== wanted) {
      throw new FormatError('WRONG_TYPE', `a ${TYPE_NAMES[type]}, not a ${TYPE_NAMES[wanted]}`, {
        offset: packOffset,
      });
    }
    this.#keep(packOffset, { type, content });
    return content;
  }

  #baseOf(header: EntryHeader): PackOffset | undefined {
    if (header.baseOid === undefined) return header.basePackOffset;
    const base = this.#idx.lookUp(header.baseOid);
    if (base !== undefined) return base;
    throw new FormatError('MISSING_OBJECT', 'the base of a delta is not in the PACK', {
      offset: header.dataOffset,
    });
  }

  #inflate(header: EntryHeader): Uint8Array {
    const { dataOffset } = header;
    const size = this.#checked(header.size, header);
    checkInflatedSize(size, this.#pack.size - dataOffset, dataOffset);
    const content = new Uint8Array(size);
    this.#inflater.inflate(this.#pack, dataOffset, content);
    return content;
  }

  #checked(size: number, { dataOffset }: EntryHeader): number {
    const { maxTreeSize } = this.#limits;
    if (size > maxTreeSize) {
      throw new FormatError('LIMIT', `a tree of ${size} bytes, at most ${maxTreeSize} allowed`, {
        offset: dataOffset,
      });
    }
    this.#built += size;
    if (this.#built > this.#maxBuilt) {
      throw new FormatError('LIMIT', `the trees expand to more than ${this.#maxBuilt} bytes`, {
        offset: dataOffset,
      });
    }
    return size;
  }

  #keep(packOffset: PackOffset, object: { type: ObjectType; content: Uint8Array }): void {
    const before = this.#cache.get(packOffset);
    this.#cache.delete(packOffset);
    this.#cache.set(packOffset, object);
    this.#cached += object.content.length - (before?.content.length ?? 0);
    for (const [oldest, { content }] of this.#cache) {
      if (this.#cached <= CACHE_BYTES || oldest === packOffset) break;
      this.#cache.delete(oldest);
      this.#cached -= content.length;
    }
  }
}
