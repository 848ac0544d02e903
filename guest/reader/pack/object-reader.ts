import {
  allocateBytes,
  applyDelta,
  type ByteSource,
  checkInflatedSize,
  decodeDeltaSizes,
  type EntryDecoder,
  type EntryHeader,
  equalBytes,
  FormatError,
  hashObject,
  type Idx,
  type Inflater,
  isDelta,
  type Limits,
  listDirectories,
  locateError,
  maxBuiltBytes,
  type NewHash,
  OBJECT_BLOB,
  OBJECT_MARGIN,
  OBJECT_TREE,
  type ObjectType,
  type Oid,
  oidToHex,
  type PackOffset,
  readResultSize,
  ScriptDecoder,
  type TreeWalk,
} from '#format';
import { Approach } from './approach.ts';
import { CheckedBlob, wrongObject } from './checked-blob.ts';
import { EntryInflater } from './entry-inflater.ts';
import { HeldBlob } from './held-blob.ts';
import { type Allocate, LargeBlobs, STREAM_ABOVE } from './large-blobs.ts';
import { ObjectCache } from './object-cache.ts';
import { checkType, outsideObject, type PackObject } from './pack-object.ts';
import { RecentBlobs } from './recent-blobs.ts';

/** Most trees take less in a PACK, in bytes. */
const PREFETCH_LENGTH = 0x1000;
/** A delta below this fraction of its result is cheap to inflate and apply. */
const SMALL_DELTA_SHARE = 1 / 8;

/** An entry of the PACK that holds a delta. */
interface DeltaEntry {
  readonly packOffset: PackOffset;
  readonly header: EntryHeader;
}

/** A large blob that is checked: where its entry begins, and whether it has its id. */
interface OpenBlob {
  readonly packOffset: PackOffset;
  readonly blob: CheckedBlob | HeldBlob;
  isVerified: boolean;
}

/** An object, borrowed, and where its entry ends, which only inflating it tells. */
export interface PackEntry {
  readonly type: ObjectType;
  readonly content: Uint8Array;
  readonly end: PackOffset;
}

/** What an {@link ObjectReader} reads with. */
export interface ObjectReaderOptions {
  readonly inflater: Inflater;
  /** From {@link openDecoder}, for this reader alone, where that was made before. */
  readonly decoder?: EntryDecoder;
  readonly limits: Limits;
  /** Bytes that may be kept of objects read before, the bases of deltas among them. */
  readonly cacheBytes: number;
  /** New bytes for a caller, which are all written before it gets them; made and zeroed without. */
  readonly newBytes?: ((size: number) => Uint8Array) | undefined;
  /** Finds the base of a REF_DELTA. */
  readonly lookUp: (oid: Oid) => PackOffset | undefined;
  /** Where the parts of a large blob begin afresh, whose stream begins at `dataOffset`, if somebody knows. */
  readonly restarts?: (dataOffset: PackOffset, size: number) => Float64Array | undefined;
  /** If given, whatever is read by an id is hashed, and is an error unless it has that id. */
  readonly check?: NewHash | undefined;
}

/** The decoder of a reader of `pack`. */
export function openDecoder(pack: ByteSource, inflater: Inflater): EntryDecoder {
  return inflater.openDecoder?.(pack) ?? new ScriptDecoder(pack, inflater);
}

/**
 * Reads objects of a PACK by their offset, in any order. Where `check` is given, every call but those
 * for entries needs the id that the object must have (BAD_HASH otherwise); else ids are not looked
 * at. What was hashed once is believed for as long as it stays in memory, and no longer: the bytes of
 * the PACK may change under a reader.
 *
 * One class does both, going through chains of deltas and giving what is asked for: with two, `analyze`
 * took 3 to 6 % longer, and an eager boot 1 ms.
 */
export class ObjectReader {
  readonly #pack: ByteSource;
  readonly #options: ObjectReaderOptions;
  readonly #decoder: EntryDecoder;
  readonly #cache: ObjectCache;
  readonly #entries: EntryInflater;
  readonly #recent = new RecentBlobs();
  #built = 0;
  #end: PackOffset = 0;
  readonly #approach: Approach;
  /** The parts that are lent. */
  #partBuffer = new Uint8Array(0);
  /** Nobody else has the part that was given last. */
  #partIsOwned = false;
  /** What parts were read of last: a big object that the cache does not take, or a stream. */
  #last: { packOffset: PackOffset; object: PackObject } | undefined;
  readonly #large: LargeBlobs;
  /** A large blob that is checked, where its entry begins. */
  #checked: OpenBlob | undefined;

  /** `pack` begins with the PACK's magic. */
  constructor(pack: ByteSource, options: ObjectReaderOptions) {
    this.#pack = pack;
    this.#options = options;
    const { inflater, limits, cacheBytes } = options;
    this.#decoder = options.decoder ?? openDecoder(pack, inflater);
    this.#cache = new ObjectCache(cacheBytes, this.#decoder);
    this.#approach = new Approach(pack, inflater);
    this.#entries = new EntryInflater(pack, inflater, limits.maxObjectSize);
    this.#large = new LargeBlobs({
      ...options,
      pack,
      decoder: this.#decoder,
      entries: this.#entries,
      baseOf: (header) => this.#baseOf(header),
      cache: this.#cache,
    });
  }

  /** Whether objects are compared with their ids. */
  get checks(): boolean {
    return this.#options.check !== undefined;
  }

  /**
   * To be called on the way through a whole PACK: refuses to go on where all the objects that were built so
   * far, those among them that led to others, are out of proportion to it; `packOffset` is for the error.
   * @throws FormatError LIMIT
   */
  checkExpansion(packOffset: PackOffset): void {
    const maxBuilt = maxBuiltBytes(this.#pack.size, this.#options.limits);
    if (this.#built <= maxBuilt) return;
    throw new FormatError('LIMIT', `the PACK expands to more than ${maxBuilt} bytes`, {
      offset: packOffset,
    });
  }

  /**
   * The content of an object of the type that the place that names it requires, borrowed: not to
   * be written into, and valid until the next read.
   * @throws FormatError
   */
  readContent(packOffset: PackOffset, type: ObjectType, oid?: Oid): Uint8Array {
    const held = this.#held(packOffset, oid);
    if (held !== undefined && type === OBJECT_BLOB) return held.read(0, held.size);
    if (type === OBJECT_BLOB) this.#approach.begin(packOffset);
    const isBlob = type === OBJECT_BLOB;
    const object = this.#peek(packOffset) ?? this.#resolve(packOffset, isBlob);
    checkType(object.type, type, packOffset);
    return this.#checkedContent(packOffset, object, oid);
  }

  /** The content of a tree, borrowed. @throws FormatError LIMIT if it is larger than trees may be */
  readTree(packOffset: PackOffset, oid?: Oid): Uint8Array {
    const content = this.readContent(packOffset, OBJECT_TREE, oid);
    const { maxTreeSize } = this.#options.limits;
    if (content.length <= maxTreeSize) return content;
    throw new FormatError(
      'LIMIT',
      `a tree of ${content.length} bytes, at most ${maxTreeSize} allowed`,
      {
        offset: packOffset,
      },
    );
  }

  /**
   * Begins to read what is wanted next, where reads take long: small objects, as trees are, at
   * `packOffsets`, or at as many of them as find room; gives how many, at least 1.
   */
  prefetch(packOffsets: Float64Array): number {
    if (this.#pack.prefetch === undefined) return packOffsets.length;
    const extents = new Float64Array(2 * packOffsets.length);
    packOffsets.forEach((packOffset, i) => {
      extents[2 * i] = packOffset;
      extents[2 * i + 1] = packOffset + PREFETCH_LENGTH;
    });
    return this.#pack.prefetch(extents);
  }

  /**
   * A walk over the trees of the PACK, `maxSize` bytes at most, that is faster than {@link readTree} for
   * each; undefined where there is none or no memory for it, objects are compared with their ids, or `idx`
   * takes more than `maxIdxSize` bytes. @throws FormatError TRUNCATED
   */
  openTreeWalk(idx: Idx, maxSize: number, maxIdxSize: number): TreeWalk | undefined {
    if (this.checks || idx.count === 0 || idx.loadSize > maxIdxSize) return undefined;
    const { inflater, limits } = this.#options;
    try {
      return inflater.openTreeWalk?.(this.#pack, idx, limits, maxSize);
    } catch (error) {
      if (error instanceof FormatError && error.code === 'LIMIT') return undefined;
      throw error;
    }
  }

  /**
   * Checks a tree, the content borrowed of the last read, and tells `visit` of each directory in it where
   * its id stands. @throws FormatError BAD_TREE, LIMIT
   */
  listDirectories(content: Uint8Array, visit: (oidStart: number) => void): void {
    const isInside = content.buffer === this.#decoder.memory.buffer;
    if (isInside) this.#decoder.listDirectories(content, visit);
    else listDirectories(content, visit);
  }

  /**
   * Reads the entry at `packOffset` itself, even if its object is at hand, and so learns where it
   * ends; the content is borrowed until the next read.
   * @throws FormatError
   */
  readEntry(packOffset: PackOffset): PackEntry {
    const object = this.#resolve(packOffset);
    return { type: object.type, content: this.#contentOf(object), end: this.#end };
  }

  /** Where the entry at `packOffset` ends. @throws FormatError */
  skipEntry(packOffset: PackOffset): PackOffset {
    const header = this.#decoder.readHeader(packOffset);
    this.#entries.inflateToScratch(header);
    return this.#entries.end;
  }

  /** The content of a blob; the buffer belongs to the caller. @throws FormatError */
  readBlob(packOffset: PackOffset, oid?: Oid): Uint8Array {
    const held = this.#held(packOffset, oid);
    if (held !== undefined) return held.read(0, held.size);
    this.#approach.begin(packOffset);
    const known = this.#peek(packOffset);
    const object = known ?? this.#resolve(packOffset, true);
    checkType(object.type, OBJECT_BLOB, packOffset);
    const content = this.#checkedContent(packOffset, object, oid);
    return object.outside !== undefined && known === undefined ? content : this.#copyOf(content);
  }

  #copyOf(content: Uint8Array): Uint8Array {
    const { newBytes } = this.#options;
    if (newBytes === undefined) return content.slice();
    const copy = newBytes(content.length);
    copy.set(content);
    return copy;
  }

  /**
   * The size of a blob in bytes, of which no more than the head of a delta is inflated; a size that
   * is checked takes the whole of it.
   */
  readBlobSize(packOffset: PackOffset, oid?: Oid): number {
    this.#approach.begin(packOffset);
    if (this.checks) {
      return this.#openChecked(packOffset, oid)?.size ?? this.#readWhole(packOffset, oid).length;
    }
    const known = this.#peek(packOffset);
    if (known !== undefined) checkType(known.type, OBJECT_BLOB, packOffset);
    else {
      const header = this.#decoder.readHeader(packOffset);
      if (!isDelta(header)) checkType(header.type as ObjectType, OBJECT_BLOB, packOffset);
    }
    return this.readSize(packOffset);
  }

  /**
   * The size in bytes of an object of any type, unchecked: out of the head of its entry, and of a delta's own.
   * @throws FormatError
   */
  readSize(packOffset: PackOffset): number {
    const known = this.#peek(packOffset);
    if (known !== undefined) return known.end - known.start;
    const header = this.#decoder.readHeader(packOffset);
    if (!isDelta(header)) return header.size;
    return readResultSize(this.#pack, header, this.#options.inflater);
  }

  /** At most `length` bytes of a blob from `offset`; the buffer belongs to the caller. */
  readBlobPart(packOffset: PackOffset, offset: number, length: number, oid?: Oid): Uint8Array {
    const part = this.#blobPart(packOffset, offset, length, oid, allocateBytes);
    return this.#partIsOwned ? part : this.#copyOf(part);
  }

  /** The same, borrowed: valid until the next read. */
  viewBlobPart(packOffset: PackOffset, offset: number, length: number, oid?: Oid): Uint8Array {
    return this.#blobPart(packOffset, offset, length, oid, (size) => this.#borrowBuffer(size));
  }

  /** A part, perhaps in a buffer that `allocate` gives. */
  #blobPart(
    packOffset: PackOffset,
    offset: number,
    length: number,
    oid: Oid | undefined,
    allocate: Allocate,
  ): Uint8Array {
    this.#partIsOwned = true;
    this.#approach.begin(packOffset);
    if (this.checks) {
      const checked = this.#openChecked(packOffset, oid);
      if (checked !== undefined) return checked.read(offset, length);
    } else if (this.#peek(packOffset) === undefined) {
      const part = this.#large.readPart(packOffset, offset, length, allocate);
      if (part !== undefined) return part;
    }
    this.#partIsOwned = false;
    return this.#readWhole(packOffset, oid).subarray(offset, offset + length);
  }

  /** Memory for a part that is borrowed: each new buffer would wait for a collection. */
  #borrowBuffer(size: number): Uint8Array {
    if (size > STREAM_ABOVE) return allocateBytes(size);
    if (size > this.#partBuffer.length) {
      this.#partBuffer = allocateBytes(Math.min(STREAM_ABOVE, 2 * size));
    }
    return this.#partBuffer.subarray(0, size);
  }

  /** A blob, borrowed; it stays at hand for the next parts of it, also if the cache is too small. */
  #readWhole(packOffset: PackOffset, oid: Oid | undefined): Uint8Array {
    const object = this.#peek(packOffset) ?? this.#resolve(packOffset);
    checkType(object.type, OBJECT_BLOB, packOffset);
    const content = this.#checkedContent(packOffset, object, oid);
    if (object.outside !== undefined && !this.#cache.has(packOffset)) {
      this.#last = { packOffset, object };
    }
    return content;
  }

  /** A large blob that is no delta, of which parts are read and checked; undefined of any other. */
  #openChecked(packOffset: PackOffset, oid: Oid | undefined): CheckedBlob | HeldBlob | undefined {
    const wanted = requireOid(oid);
    let open = this.#checked;
    if (open?.packOffset !== packOffset || !equalBytes(open.blob.oid, wanted)) {
      if (this.#peek(packOffset) !== undefined) return undefined;
      const header = this.#decoder.readHeader(packOffset);
      if (isDelta(header) || header.size <= STREAM_ABOVE) return undefined;
      checkType(header.type as ObjectType, OBJECT_BLOB, packOffset);
      this.#checked = undefined;
      open = { packOffset, blob: this.#newChecked(header, wanted), isVerified: false };
      this.#checked = open;
    }
    if (open.isVerified) return open.blob;
    try {
      open.blob.verify();
      open.isVerified = true;
    } catch (error) {
      if (error instanceof FormatError) this.#checked = undefined;
      throw error;
    }
    return open.blob;
  }

  /** Held alone, up to what the cache has: one that is not must be read twice. */
  #newChecked(header: EntryHeader, oid: Oid): CheckedBlob | HeldBlob {
    const { size, dataOffset } = header;
    const newHash = this.#options.check as NewHash;
    const place = { dataOffset, size, oid };
    if (size <= this.#options.cacheBytes) {
      this.#entries.checkedSize(header);
      return new HeldBlob(() => this.#large.openStream(dataOffset, size), place, newHash);
    }
    checkInflatedSize(size, this.#pack.size - dataOffset, dataOffset);
    return new CheckedBlob(this.#large.openStream(dataOffset, size), place, newHash);
  }

  /** A blob that is held whole, since its size was asked or parts of it were read. */
  #held(packOffset: PackOffset, oid: Oid | undefined): HeldBlob | undefined {
    if (this.#checked?.packOffset !== packOffset) return undefined;
    const { blob } = this.#checked;
    const isHeld =
      blob instanceof HeldBlob && blob.isWhole && equalBytes(blob.oid, requireOid(oid));
    return isHeld ? blob : undefined;
  }

  /** A view of an object, compared with its id where that is to be. @throws FormatError BAD_HASH */
  #checkedContent(packOffset: PackOffset, object: PackObject, oid: Oid | undefined): Uint8Array {
    const content = this.#contentOf(object);
    const { check } = this.#options;
    if (check === undefined) return content;
    const wanted = requireOid(oid);
    const actual = object.oid ?? hashObject(check, object.type, content);
    if (!equalBytes(actual, wanted)) throw wrongObject(packOffset, wanted);
    object.oid = actual;
    return content;
  }

  #contentOf({ outside, start, end }: PackObject): Uint8Array {
    return outside ?? this.#decoder.memory.subarray(start, end);
  }

  /** What is at hand of an object, without reading. */
  #peek(packOffset: PackOffset): PackObject | undefined {
    if (this.#last?.packOffset === packOffset) return this.#last.object;
    return this.#cache.find(packOffset);
  }

  /**
   * Begins to read several small objects, then what they are deltas against, all at once each time.
   * @throws FormatError
   */
  approachAll(packOffsets: readonly PackOffset[]): void {
    this.#approach.together(packOffsets, {
      isAtHand: (at) => this.#peek(at) !== undefined,
      readHeader: (at) => this.#decoder.readHeader(at),
      baseOf: (header) => this.#baseOf(header),
    });
  }

  /** Whether the object at a place has this id; if so it is at hand. Only where objects are checked. */
  hasId(packOffset: PackOffset, oid: Oid): boolean {
    try {
      const object = this.#peek(packOffset) ?? this.#resolve(packOffset);
      this.#checkedContent(packOffset, object, oid);
      return true;
    } catch (error) {
      if (error instanceof FormatError) return false;
      throw error;
    }
  }

  /**
   * Goes down the chain of deltas to an object that is at hand or whole, then up again; borrowed. Nothing may be
   * built on a file: unless it is asked for again, it is kept as long as what is soon made again.
   */
  #resolve(packOffset: PackOffset, isFile = false): PackObject {
    const isPassing = isFile && !this.#recent.note(packOffset);
    const isFirst = this.#approach.isUnderWay;
    const chain: DeltaEntry[] = [];
    let at = packOffset;
    let header = this.#decoder.readHeader(at);
    let object: PackObject | undefined;
    while (isDelta(header) && object === undefined) {
      if (chain.length === this.#options.limits.maxDeltaDepth) {
        throw new FormatError('LIMIT', `a chain of more than ${chain.length} deltas`, {
          offset: packOffset,
        });
      }
      chain.push({ packOffset: at, header });
      at = this.#baseOf(header);
      object = this.#peek(at);
      if (object === undefined) {
        if (isFirst) this.#approach.goOn(at, headersOf(chain));
        header = this.#decoder.readHeader(at);
      }
    }
    if (isFirst) this.#approach.finish([...headersOf(chain), ...(object ? [] : [header])]);
    object ??= this.#inflateObject(at, header, isPassing && chain.length === 0 ? 1 : 0);
    let built = object.end - object.start;
    this.#built += built;
    for (let entry = chain.pop(); entry !== undefined; entry = chain.pop()) {
      try {
        object = this.#applyEntry(object, entry, isPassing && chain.length === 0);
      } catch (error) {
        throw locateError(error, { offset: entry.packOffset });
      }
      built += object.end - object.start;
      this.#built += object.end - object.start;
      if (built > this.#options.limits.maxChainSize) {
        throw new FormatError('LIMIT', `a chain of deltas expands to more than ${built} bytes`, {
          offset: packOffset,
        });
      }
    }
    return object;
  }

  #inflateObject(packOffset: PackOffset, header: EntryHeader, steps: number): PackObject {
    const type = header.type as ObjectType;
    const size = this.#entries.checkedSize(header);
    const address = this.#cache.reserve(size, steps);
    if (address === undefined) return this.#inflateOutside(packOffset, header);
    this.#decoder.inflate(header, address);
    this.#end = this.#decoder.end;
    return this.#cache.commit(packOffset, type, size, 0);
  }

  /** Inflates an object into memory of its own. */
  #inflateOutside(packOffset: PackOffset, header: EntryHeader): PackObject {
    const content = allocateBytes(this.#entries.checkedSize(header), packOffset);
    this.#entries.inflate(header, content);
    this.#end = this.#entries.end;
    return outsideObject(header.type as ObjectType, content);
  }

  #applyEntry(
    base: PackObject,
    { header, packOffset }: DeltaEntry,
    isPassing: boolean,
  ): PackObject {
    const { type, steps, outside } = base;
    const deltaSize = this.#entries.checkedSize(header);
    if (outside !== undefined) return this.#applyOutside(base, header, packOffset);
    if (deltaSize > this.#decoder.maxDeltaSize) return this.#applyLarge(base, header, packOffset);
    const size = this.#entries.checkLimit(this.#decoder.inflateDelta(header), header);
    this.#end = this.#decoder.end;
    const stepsToThis = deltaSize <= size * SMALL_DELTA_SHARE ? steps + 1 : 0;
    const address = this.#cache.reserve(size, isPassing ? 1 : stepsToThis, base);
    if (address === undefined) return this.#applyOutside(base, header, packOffset);
    // Only now: the base may have moved.
    this.#decoder.applyDelta(base.start, base.end - base.start, address, size);
    return this.#cache.commit(packOffset, type, size, stepsToThis);
  }

  /** Applies a delta that is so big that it needs a place for the while: behind its result. */
  #applyLarge(base: PackObject, header: EntryHeader, packOffset: PackOffset): PackObject {
    const resultSize = readResultSize(this.#pack, header, this.#options.inflater);
    const size = this.#entries.checkLimit(resultSize, header);
    const address = this.#cache.reserve(size + OBJECT_MARGIN + header.size, 0, base);
    if (address === undefined) return this.#applyOutside(base, header, packOffset);
    if (this.#decoder.inflateDelta(header, address + size + OBJECT_MARGIN) !== size) {
      throw new FormatError('BAD_DELTA', 'a delta changed between two reads');
    }
    this.#end = this.#decoder.end;
    this.#decoder.applyDelta(base.start, base.end - base.start, address, size);
    return this.#cache.commit(packOffset, base.type, size, 0);
  }

  /** Applies a delta where base or result are too big for the decoder's memory. */
  #applyOutside(base: PackObject, header: EntryHeader, packOffset: PackOffset): PackObject {
    const delta = this.#entries.inflateToScratch(header);
    this.#end = this.#entries.end;
    const size = this.#entries.checkLimit(decodeDeltaSizes(delta).resultSize, header);
    const content = allocateBytes(size, packOffset);
    applyDelta(this.#contentOf(base), delta, content);
    const { type } = base;
    this.#cache.add(packOffset, type, content);
    return outsideObject(type, content);
  }

  #baseOf(header: EntryHeader): PackOffset {
    if (header.basePackOffset !== undefined) return header.basePackOffset;
    const oid = header.baseOid as Oid;
    const base = this.#options.lookUp(oid);
    if (base !== undefined) return base;
    throw new FormatError('MISSING_OBJECT', 'the base of a delta is not in the PACK', {
      oid: oidToHex(oid),
    });
  }
}

function headersOf(chain: readonly DeltaEntry[]): EntryHeader[] {
  return chain.map(({ header }) => header);
}

function requireOid(oid: Oid | undefined): Oid {
  if (oid !== undefined) return oid;
  throw new TypeError('a checked read needs the id of the object');
}
