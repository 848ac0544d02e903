import {
  type ByteSource,
  concatBytes,
  decodeLatin1,
  encodeIdx,
  equalBytes,
  FormatError,
  type Hash,
  hashObject,
  Idx,
  IdxEntries,
  memorySource,
  type NewHash,
  type Oid,
  PACK_HEADER_SIZE,
  PACK_TRAILER_SIZE,
  type PackOffset,
  readEntryHeader,
  readExact,
} from '#format';
import { ObjectReader, type ObjectReaderOptions, type PackEntry } from './object-reader.ts';
import { WaitingDeltas } from './waiting-deltas.ts';

/** What {@link analyzePack} reads with. */
export interface AnalyzeOptions extends Omit<ObjectReaderOptions, 'lookUp' | 'check'> {
  readonly newHash: NewHash;
}

/**
 * Makes an IDX in memory of a PACK alone: inflates and hashes each of its `objectCount` objects, in
 * the order of the PACK, and checks its trailer. The CRCs in that IDX are 0, for nothing reads them.
 * @throws FormatError
 */
export function analyzePack(
  pack: ByteSource,
  objectCount: number,
  { newHash, ...options }: AnalyzeOptions,
): Idx {
  const found = new IdxEntries(Math.min(objectCount, 0x10000));
  const offsets = new Map<string, PackOffset>();
  const reader = new ObjectReader(pack, {
    ...options,
    lookUp: (oid) => offsets.get(decodeLatin1(oid)),
  });
  const waiting = new WaitingDeltas();
  const checksum = newHash();
  let at: PackOffset = PACK_HEADER_SIZE;
  updateFrom(checksum, pack, 0, at);

  const record = (packOffset: PackOffset, { type, content }: PackEntry) => {
    reader.checkExpansion(packOffset);
    const oid = hashObject(newHash, type, content);
    const key = decodeLatin1(oid);
    found.add(oid, 0, packOffset);
    offsets.set(key, packOffset);
    waiting.wake(packOffset, key);
  };

  for (let i = 0; i < objectCount; i++) {
    const header = readEntryHeader(pack, at);
    const base = header.baseOid && decodeLatin1(header.baseOid);
    let end: PackOffset;
    if (base !== undefined && !offsets.has(base)) {
      waiting.add(at, base);
      end = reader.skipEntry(at);
    } else if (header.basePackOffset !== undefined && waiting.has(header.basePackOffset)) {
      waiting.add(at, header.basePackOffset);
      end = reader.skipEntry(at);
    } else {
      const entry = reader.readEntry(at);
      record(at, entry);
      end = entry.end;
    }
    for (let next = waiting.takeReady(); next !== undefined; next = waiting.takeReady()) {
      record(next, reader.readEntry(next));
    }
    updateFrom(checksum, pack, at, end);
    at = end;
  }
  if (waiting.count > 0) {
    throw new FormatError(
      'MISSING_OBJECT',
      `${waiting.count} deltas against objects not in the PACK`,
    );
  }
  const trailer = checksum.digest();
  if (!equalBytes(trailer, readExact(pack, at, PACK_TRAILER_SIZE))) {
    throw new FormatError('BAD_HASH', 'the PACK does not match its checksum', { offset: at });
  }
  return indexInMemory(found, trailer, newHash, pack.size);
}

function updateFrom(hash: Hash, pack: ByteSource, start: PackOffset, end: PackOffset): void {
  for (let at = start; at < end; ) {
    const view = pack.window(at, end - at);
    if (view.length === 0)
      throw new FormatError('TRUNCATED', 'the PACK does not end', { offset: at });
    const piece = view.length > end - at ? view.subarray(0, end - at) : view;
    hash.update(piece);
    at += piece.length;
  }
}

function indexInMemory(
  entries: IdxEntries,
  checksum: Oid,
  newHash: NewHash,
  packSpan: number,
): Idx {
  const bytes = concatBytes([...encodeIdx(entries, checksum, newHash)]);
  return new Idx(memorySource(bytes), packSpan);
}
