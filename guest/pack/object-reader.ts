import {
  allocateBytes,
  applyDelta,
  type ByteSource,
  checkInflatedSize,
  decodeDeltaSizes,
  type EntryHeader,
  FormatError,
  type Inflater,
  type Limits,
  locateError,
  OBJECT_BLOB,
  OBJECT_TREE,
  type ObjectType,
  type Oid,
  oidToHex,
  type PackOffset,
  readEntryHeader,
  TYPE_NAMES,
} from '#format';
import { BlobStream } from './blob-stream.ts';
import { EntryInflater } from './entry-inflater.ts';
import { ObjectCache, type PackObject } from './object-cache.ts';

/** Blobs above this many bytes are read in part without being inflated whole, where they can be. */
const STREAM_ABOVE = 1 << 20;

/** An entry of the PACK that holds a delta. */
interface DeltaEntry {
  readonly packOffset: PackOffset;
  readonly header: EntryHeader;
}

/** An object and where its entry ends, which only inflating it tells. */
export interface PackEntry extends PackObject {
  readonly end: PackOffset;
}

/** What an {@link ObjectReader} reads with. */
export interface ObjectReaderOptions {
  readonly inflater: Inflater;
  readonly limits: Limits;
  /** Bytes that may be kept of objects read before, the bases of deltas among them. */
  readonly cacheBytes: number;
  /** Finds the base of a REF_DELTA. */
  readonly lookUp: (oid: Oid) => PackOffset | undefined;
}

/** Reads objects of a PACK by their offset, in any order. */
export class ObjectReader {
  readonly #pack: ByteSource;
  readonly #options: ObjectReaderOptions;
  readonly #cache: ObjectCache;
  readonly #entries: EntryInflater;
  #built = 0;
  /** What parts were read of last: a big object that the cache does not take, or a stream. */
  #last: { packOffset: PackOffset; object: PackObject } | undefined;
  #stream: BlobStream | undefined;

  /** `pack` begins with the PACK's magic. */
  constructor(pack: ByteSource, options: ObjectReaderOptions) {
    this.#pack = pack;
    this.#options = options;
    this.#cache = new ObjectCache(options.cacheBytes);
    this.#entries = new EntryInflater(pack, options.inflater, options.limits.maxObjectSize);
  }

  /** Bytes of all the objects that were built so far, those among them that led to others. */
  get builtSize(): number {
    return this.#built;
  }

  /**
   * The content of an object of the type that the place that names it requires, borrowed: not to
   * be written into, and valid until the next read.
   * @throws FormatError
   */
  readContent(packOffset: PackOffset, type: ObjectType): Uint8Array {
    const object = this.#peek(packOffset) ?? this.#resolve(packOffset, false);
    checkType(object.type, type, packOffset);
    return object.content;
  }

  /** The content of a tree, borrowed. @throws FormatError LIMIT if it is larger than trees may be */
  readTree(packOffset: PackOffset): Uint8Array {
    const content = this.readContent(packOffset, OBJECT_TREE);
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
   * Reads the entry at `packOffset` itself, even if its object is at hand, and so learns where it
   * ends; the content is borrowed until the next read.
   * @throws FormatError
   */
  readEntry(packOffset: PackOffset): PackEntry {
    const { type, content } = this.#resolve(packOffset, false);
    return { type, content, end: this.#entries.end };
  }

  /** Where the entry at `packOffset` ends. @throws FormatError */
  skipEntry(packOffset: PackOffset): PackOffset {
    const header = readEntryHeader(this.#pack, packOffset);
    this.#entries.inflateToScratch(header);
    return this.#entries.end;
  }

  /** The content of a blob; the buffer belongs to the caller. @throws FormatError */
  readBlob(packOffset: PackOffset): Uint8Array {
    const known = this.#peek(packOffset);
    const { type, content } = known ?? this.#resolve(packOffset, true);
    checkType(type, OBJECT_BLOB, packOffset);
    return known === undefined ? content : content.slice();
  }

  /** The size of a blob in bytes, of which no more than the head of a delta is inflated. */
  readBlobSize(packOffset: PackOffset): number {
    const known = this.#peek(packOffset);
    if (known !== undefined) {
      checkType(known.type, OBJECT_BLOB, packOffset);
      return known.content.length;
    }
    const header = readEntryHeader(this.#pack, packOffset);
    if (!isDelta(header)) {
      checkType(header.type as ObjectType, OBJECT_BLOB, packOffset);
      return header.size;
    }
    return this.#entries.readResultSize(header);
  }

  /** At most `length` bytes of a blob from `offset`; the buffer belongs to the caller. */
  readBlobPart(packOffset: PackOffset, offset: number, length: number): Uint8Array {
    if (this.#peek(packOffset) === undefined) {
      const header = readEntryHeader(this.#pack, packOffset);
      if (!isDelta(header) && header.size > STREAM_ABOVE) {
        checkType(header.type as ObjectType, OBJECT_BLOB, packOffset);
        return this.#readStreamPart(header, offset, length);
      }
    }
    const object = this.#peek(packOffset) ?? this.#resolve(packOffset, true);
    checkType(object.type, OBJECT_BLOB, packOffset);
    if (!this.#cache.has(packOffset)) this.#last = { packOffset, object };
    return object.content.slice(offset, offset + length);
  }

  /** What is at hand of an object, without reading. */
  #peek(packOffset: PackOffset): PackObject | undefined {
    if (this.#last?.packOffset === packOffset) return this.#last.object;
    return this.#cache.get(packOffset);
  }

  /**
   * Goes down the chain of deltas to an object that is at hand or whole, then up again. The result
   * is borrowed, or for the caller to keep if `owned`.
   */
  #resolve(packOffset: PackOffset, owned: boolean): PackObject {
    const chain: DeltaEntry[] = [];
    let at = packOffset;
    let header = readEntryHeader(this.#pack, at);
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
      if (object === undefined) header = readEntryHeader(this.#pack, at);
    }
    object ??= this.#inflateObject(at, header, owned && chain.length === 0);
    let built = object.content.length;
    this.#built += built;
    for (let entry = chain.pop(); entry !== undefined; entry = chain.pop()) {
      try {
        object = this.#applyEntry(object, entry, owned && chain.length === 0);
      } catch (error) {
        throw locateError(error, { offset: entry.packOffset });
      }
      built += object.content.length;
      this.#built += object.content.length;
      if (built > this.#options.limits.maxChainSize) {
        throw new FormatError('LIMIT', `a chain of deltas that builds more than ${built} bytes`, {
          offset: packOffset,
        });
      }
    }
    return object;
  }

  #inflateObject(packOffset: PackOffset, header: EntryHeader, owned: boolean): PackObject {
    const size = this.#entries.checkedSize(header);
    const place = owned ? undefined : this.#cache.reserve(size);
    const content = place ?? allocateBytes(size, packOffset);
    this.#entries.inflate(header, content);
    return this.#keep(packOffset, { type: header.type as ObjectType, content }, place);
  }

  #applyEntry(base: PackObject, { packOffset, header }: DeltaEntry, owned: boolean): PackObject {
    const delta = this.#entries.inflateToScratch(header);
    const size = this.#entries.checkLimit(decodeDeltaSizes(delta).resultSize, header);
    const place = owned ? undefined : this.#cache.reserve(size, base.content);
    const content = place ?? allocateBytes(size, packOffset);
    applyDelta(base.content, delta, content);
    return this.#keep(packOffset, { type: base.type, content }, place);
  }

  #keep(packOffset: PackOffset, object: PackObject, place: Uint8Array | undefined): PackObject {
    if (place === undefined) this.#cache.add(packOffset, object);
    else this.#cache.commit(packOffset, object.type, place);
    return object;
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

  #readStreamPart(header: EntryHeader, offset: number, length: number): Uint8Array {
    if (this.#stream?.dataOffset !== header.dataOffset || this.#stream.position > offset) {
      checkInflatedSize(header.size, this.#pack.size - header.dataOffset, header.dataOffset);
      this.#stream = new BlobStream(this.#pack, header.dataOffset, header.size);
    }
    try {
      return this.#stream.read(offset, length);
    } catch (error) {
      this.#stream = undefined;
      throw error;
    }
  }
}

function isDelta(header: EntryHeader): boolean {
  return header.basePackOffset !== undefined || header.baseOid !== undefined;
}

function checkType(actual: ObjectType, wanted: ObjectType, offset: PackOffset): void {
  if (actual === wanted) return;
  throw new FormatError('WRONG_TYPE', `a ${TYPE_NAMES[actual]}, not a ${TYPE_NAMES[wanted]}`, {
    offset,
  });
}
