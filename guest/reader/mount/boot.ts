import {
  type ByteSource,
  type Commit,
  decodeCommit,
  type EntryDecoder,
  equalBytes,
  FormatError,
  hashObject,
  type Idx,
  type NewHash,
  OBJECT_COMMIT,
  OBJECT_MARGIN,
  OBJECT_TREE,
  type ObjectType,
  type Oid,
  PACK_HEADER_SIZE,
  type PackOffset,
  readEntryHeader,
} from '#format';
import { locateObject } from '../layouts/locate-object.ts';
import type { ObjectReader, PackEntry } from '../pack/index.ts';

/** Larger objects are not read on the mere chance that they are the ones sought. */
const MAX_GUESS = 4096;

/** What a reader must know before it can answer anything. */
export interface Boot {
  readonly commit: Commit;
  readonly rootPackOffset: PackOffset;
}

/** What {@link readBoot} reads with. */
export interface BootSources {
  readonly pack: ByteSource;
  readonly objects: ObjectReader;
  readonly newHash: NewHash;
  readonly idx: Idx;
}

/**
 * Reads the commit `commitOid` and finds its root tree. PACKs begin with the commit, and most go on
 * with the root tree: that is tried first, and believed if the hash is right, for it saves every
 * read of the IDX.
 * @throws FormatError
 */
export function readBoot(sources: BootSources, commitOid: Oid): Boot {
  const { commit, end } = readCommit(sources, commitOid);
  const isNext =
    end !== undefined && guessEntry(sources, end, OBJECT_TREE, commit.tree) !== undefined;
  return { commit, rootPackOffset: isNext ? end : locateObject(sources.idx, commit.tree) };
}

/** Reads the commit `commitOid`, and tells where it ends if it is the first entry of the PACK. */
export function readCommit(
  sources: BootSources,
  commitOid: Oid,
): { readonly commit: Commit; readonly end: PackOffset | undefined } {
  const { objects, idx } = sources;
  const first = guessEntry(sources, PACK_HEADER_SIZE, OBJECT_COMMIT, commitOid);
  const content =
    first?.content ?? objects.readContent(locateObject(idx, commitOid), OBJECT_COMMIT, commitOid);
  return { commit: decodeCommit(content), end: first?.end };
}

/** The entry at `packOffset` if it is a small object of this type and id, and not a delta. */
function guessEntry(
  { pack, objects, newHash }: BootSources,
  packOffset: PackOffset,
  type: ObjectType,
  oid: Oid,
): PackEntry | undefined {
  try {
    const header = readEntryHeader(pack, packOffset);
    if (header.type !== type || header.size > MAX_GUESS) return undefined;
    const entry = objects.readEntry(packOffset);
    return equalBytes(hashObject(newHash, type, entry.content), oid) ? entry : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/**
 * Decodes the first entry for nothing, where it is a commit, as in most PACKs: while the device is at the
 * IDX, what that takes is compiled. `decoder` is in use by nobody yet.
 */
export function rehearse(decoder: EntryDecoder): void {
  try {
    const header = decoder.readHeader(PACK_HEADER_SIZE);
    if (header.type !== OBJECT_COMMIT || header.size > MAX_GUESS) return;
    decoder.grow(decoder.start + header.size + OBJECT_MARGIN);
    decoder.inflate(header, decoder.start);
  } catch (error) {
    // If anybody wants that entry, it will be said.
    if (!(error instanceof FormatError)) throw error;
  }
}
