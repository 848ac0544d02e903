export {
  FormatError,
  type FormatErrorCode,
  type FormatErrorPlace,
  locateError,
} from './base/errors.ts';
export { completeLimits, DEFAULT_LIMITS, type Limits, maxBuiltBytes } from './base/limits.ts';
export type { ImageOffset, PackOffset } from './base/offsets.ts';
export { toOneLine, toPlainJson, toPlainText } from './base/plain-text.ts';
export {
  type ByteSource,
  memorySource,
  partOfSource,
  peekBytes,
  readExact,
  readInto,
} from './bytes/byte-source.ts';
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
} from './bytes/bytes.ts';
export { crc32 } from './bytes/crc32.ts';
export {
  type Commit,
  decodeCommit,
  encodeCommit,
  MAX_PERSON_LENGTH,
  type Person,
} from './git/commit.ts';
export { applyDelta, type DeltaSizes, decodeDeltaSizes } from './git/delta.ts';
export { DeltaCursor } from './git/delta-cursor.ts';
export {
  encodeObjectPrefix,
  type Hash,
  hashObject,
  type NewHash,
} from './git/hash.ts';
export { type EntryKind, KINDS, kindOfMode } from './git/kind.ts';
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
} from './git/object-type.ts';
export { compareOidAt, OID_LENGTH, type Oid, oidToHex, parseOid } from './git/oid.ts';
export { type EntryHeader, encodeEntryHeader, isDelta, readEntryHeader } from './git/pack-entry.ts';
export {
  decodePackHeader,
  encodePackHeader,
  PACK_HEADER_SIZE,
  PACK_TRAILER_SIZE,
} from './git/pack-header.ts';
export {
  compareTreeEntries,
  decodeTree,
  encodeTree,
  listDirectories,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_LINK,
  MODE_SUBMODULE,
  MODE_TREE,
  TreeCursor,
  type TreeEntry,
} from './git/tree.ts';
export { Idx } from './idx/idx.ts';
export { encodeIdx } from './idx/idx-encode.ts';
export { IdxEntries } from './idx/idx-entries.ts';
export { IDX_MIN_SIZE, type IdxLayout, idxLayout, idxSize } from './idx/idx-layout.ts';
export {
  type Image,
  type ImagePack,
  openIdx,
  openIdxLater,
  openImage,
  openPack,
} from './image/image.ts';
export { MAX_BLOCK_SIZE, paddingAfter } from './image/image-layout.ts';
export {
  decodeSuperblock,
  encodeSuperblock,
  SUPERBLOCK_SIZE,
  type Superblock,
} from './image/superblock.ts';
export { readDeltaSizes, readResultSize } from './inflate/delta-result.ts';
export { type EntryDecoder, OBJECT_MARGIN } from './inflate/entry-decoder.ts';
export { checkInflatedSize, type Inflater, type InflateSink } from './inflate/inflate.ts';
export { createInflater } from './inflate/inflate-wasm.ts';
export { ScriptDecoder } from './inflate/script-decoder.ts';
export {
  findRestarts,
  firstBlockOf,
  type PartReader,
  RESTART_SIZE,
  SeekableStream,
  type StreamPlace,
} from './inflate/seekable-stream.ts';
export { SkippingStream } from './inflate/skipping-stream.ts';
export type { TreeWalk, WalkedTrees, WalkHost } from './inflate/tree-walk.ts';
export type { DirectoryNames } from './path-index/directory-names.ts';
export { type BlockSink, PathIndexEncoder, type PathIndexTarget } from './path-index/encode.ts';
export { keyOf, prefixBelow, ROOT_PREFIX } from './path-index/key.ts';
export {
  decodePathIndexFooter,
  hasPathIndexMagic,
  MAX_PATH_KEY,
  PATH_INDEX_UNIT,
  type PathIndexFooter,
} from './path-index/layout.ts';
export type { FoundEntry, PathEntry, PathIndexLeaf } from './path-index/leaf.ts';
export {
  type DirectoryPage,
  openPathIndex,
  PathIndex,
  type PathIndexOptions,
} from './path-index/path-index.ts';
export { newSha1 } from './sha1/sha1.ts';
export { instantiate } from './wasm/instantiate.ts';
