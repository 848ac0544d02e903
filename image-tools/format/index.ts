export {
  type ByteSource,
  memorySource,
  partOfSource,
  peekBytes,
  readExact,
} from './byte-source.ts';
export {
  allocateBytes,
  compareBytes,
  concatBytes,
  copyRange,
  decodeLatin1,
  decodeU32BE,
  decodeU64BE,
  decodeU64LE,
  encodeAscii,
  encodeU32BE,
  encodeU64BE,
  encodeU64LE,
  equalBytes,
} from './bytes.ts';
export { type Commit, decodeCommit, encodeCommit, type Person } from './commit.ts';
export { crc32 } from './crc32.ts';
export { applyDelta, type DeltaSizes, decodeDeltaSizes } from './delta.ts';
export { readResultSize } from './delta-result.ts';
export type { DirectoryNames } from './directory-names.ts';
export { type EntryDecoder, OBJECT_MARGIN } from './entry-decoder.ts';
export { FormatError, type FormatErrorCode, type FormatErrorPlace, locateError } from './errors.ts';
export {
  encodeObjectPrefix,
  type Hash,
  hashObject,
  type NewHash,
} from './hash.ts';
export { Idx } from './idx.ts';
export { encodeIdx } from './idx-encode.ts';
export { IdxEntries } from './idx-entries.ts';
export { IDX_MIN_SIZE, type IdxLayout, idxLayout, idxSize } from './idx-layout.ts';
export { type Image, type ImagePack, openIdx, openImage, openPack } from './image.ts';
export { MAX_BLOCK_SIZE, paddingAfter } from './image-layout.ts';
export { checkInflatedSize, type Inflater, type InflateSink } from './inflate.ts';
export { openInflateStream } from './inflate-stream.ts';
export { createInflater } from './inflate-wasm.ts';
export { type EntryKind, KINDS, kindOfMode } from './kind.ts';
export { DEFAULT_LIMITS, type Limits, maxBuiltBytes } from './limits.ts';
export {
  ENTRY_OFS_DELTA,
  ENTRY_REF_DELTA,
  type EntryType,
  OBJECT_BLOB,
  OBJECT_COMMIT,
  OBJECT_TAG,
  OBJECT_TREE,
  type ObjectType,
  TYPE_NAMES,
} from './object-type.ts';
export type { ImageOffset, PackOffset } from './offsets.ts';
export { compareOidAt, OID_LENGTH, type Oid, oidToHex, parseOid } from './oid.ts';
export { type EntryHeader, encodeEntryHeader, isDelta, readEntryHeader } from './pack-entry.ts';
export {
  decodePackHeader,
  encodePackHeader,
  PACK_HEADER_SIZE,
  PACK_TRAILER_SIZE,
} from './pack-header.ts';
export { openPathIndex, PathIndex } from './path-index.ts';
export { type BlockSink, PathIndexEncoder, type PathIndexTarget } from './path-index-encode.ts';
export { keyOf, prefixBelow, ROOT_PREFIX } from './path-index-key.ts';
export {
  decodePathIndexFooter,
  hasPathIndexMagic,
  MAX_PATH_KEY,
  PATH_INDEX_UNIT,
  type PathIndexFooter,
} from './path-index-layout.ts';
export type { PathEntry, PathIndexLeaf } from './path-index-leaf.ts';
export { ScriptDecoder } from './script-decoder.ts';
export { newSha1 } from './sha1.ts';
export {
  decodeSuperblock,
  encodeSuperblock,
  SUPERBLOCK_SIZE,
  type Superblock,
} from './superblock.ts';
export {
  compareTreeEntries,
  decodeTree,
  encodeTree,
  listDirectories,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_FILE_GROUP_WRITABLE,
  MODE_LINK,
  MODE_SUBMODULE,
  MODE_TREE,
  TreeCursor,
  type TreeEntry,
} from './tree.ts';
export type { TreeWalk, WalkedTrees, WalkHost } from './tree-walk.ts';
export { instantiate } from './wasm/instantiate.ts';
