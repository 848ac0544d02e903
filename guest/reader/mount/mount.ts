import {
  type ByteSource,
  completeLimits,
  createInflater,
  decodeCommit,
  equalBytes,
  FormatError,
  firstBlockOf,
  IDX_MIN_SIZE,
  type Idx,
  type Image,
  type ImagePack,
  type Inflater,
  idxSize,
  newSha1,
  OBJECT_COMMIT,
  type Oid,
  oidToHex,
  openIdx,
  openIdxLater,
  openPack,
  openPathIndex,
  type PathIndex,
  type PathIndexOptions,
  RESTART_SIZE,
} from '#format';
import type { FileSystem } from '../fs/file-system.ts';
import { ImageFileSystem } from '../fs/image-file-system.ts';
import { ImageNodes } from '../fs/image-nodes.ts';
import type { NodeTree } from '../fs/node-tree.ts';
import { EagerLayout } from '../layouts/eager-layout.ts';
import { walkTrees } from '../layouts/eager-walk.ts';
import { IndexedLayout } from '../layouts/indexed-layout.ts';
import { LazyLayout } from '../layouts/lazy-layout.ts';
import { locateObject } from '../layouts/locate-object.ts';
import { TreeHints } from '../layouts/tree-hints.ts';
import { analyzePack, ObjectReader, openDecoder } from '../pack/index.ts';
import { readBoot, readCommit, rehearse } from './boot.ts';
import { checkMountOptions, type MountOptions, OptionError } from './mount-options.ts';
import { withFallback } from './with-fallback.ts';

/** What keeps a process within 64 MiB that reads everything, with what else it has and V8 needs. */
const DEFAULT_CACHE_BYTES = 28 * 2 ** 20;
/** The first sector: superblock, PACK header, and mostly the commit. */
const HEAD_BYTES = 512;
/** Of a path index of some 100,000 paths, all but the leaves; of larger ones most of that. */
const END_BYTES = 0x8000;
/** What the eager reader reads of the PACK's first entries at once: commit, root, and often more. */
const FIRST_ENTRIES_BYTES = 0x4000;
/** The part of the cache that the lazy reader has for directories. */
const TREE_SHARE = 1 / 16;
/** The part of the cache that a path index has for its blocks. */
const INDEX_SHARE = 1 / 8;

/** What only readers need that read all directories at boot. */
const WHOLE_READERS = { analyzePack, walkTrees, EagerLayout };

/** Above all numbers that a path index gives. */
const OTHER_NUMBERS = 2 ** 52;

let sharedInflater: Inflater | undefined;

/** One for all file systems: it keeps no more than memory from one object to the next. */
function defaultInflater(): Inflater {
  sharedInflater ??= createInflater();
  return sharedInflater;
}

/**
 * Opens the image in `source`, which is borrowed for as long as the file system is in use.
 * @throws FormatError if the bytes read so far are not those of an image; BAD_HASH if it holds
 * another commit than `commit`
 * @throws OptionError for options that make no sense: the reader `indexed` with `check` or `commit` too
 */
export function mount(source: ByteSource, options: MountOptions = {}): FileSystem {
  return new ImageFileSystem(openNodes(source, options, WHOLE_READERS));
}

/**
 * The same for whoever never wants the readers `eager` and `analyze`: a bundle leaves them out then.
 * @throws OptionError where one of them is asked for, too
 */
export function mountAtOnce(source: ByteSource, options: MountOptions = {}): FileSystem {
  return new ImageFileSystem(openNodes(source, options, undefined));
}

/** The same by nodes, whose numbers count from `firstNumber` on where they do not follow from the image. */
function openNodes(
  source: ByteSource,
  options: MountOptions,
  whole: typeof WHOLE_READERS | undefined,
  firstNumber?: number,
): NodeTree {
  const { cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const { inflater = defaultInflater(), newHash = newSha1, onWarning = () => {} } = options;
  checkMountOptions(options);
  const limits = completeLimits(options.limits);
  const indexBytes = cacheBytes * INDEX_SHARE;
  let { reader = 'auto' } = options;
  const check = Boolean(options.check) || options.commit !== undefined;
  if (check && reader === 'indexed') throw new OptionError('a path index cannot be checked');
  if (check && reader === 'auto') reader = 'lazy';

  // While the device reads what comes first, and then the IDX, there is WebAssembly to be set up.
  source.expect?.(0, reader === 'eager' ? FIRST_ENTRIES_BYTES : HEAD_BYTES);
  // Of an index that nobody vouches for, a checked reader takes hints, where those save waiting.
  const mayHint = check && (options.reader ?? 'auto') === 'auto' && source.prefetch !== undefined;
  if (reader === 'auto' || reader === 'indexed' || mayHint) expectEnd(source);
  inflater.prepareDecoder?.();
  const image = openPack(source, limits);
  const { pack } = image;
  let index: PathIndex | undefined;
  let later: Image | undefined;
  let hinting: PathIndex | undefined;
  if (reader === 'auto' || reader === 'indexed') {
    later = openIdxLater(image);
    const place = { cacheBytes: indexBytes };
    index =
      reader === 'indexed'
        ? requirePathIndex(later, place)
        : soundPathIndex(later, onWarning, place);
    if (index === undefined) reader = 'lazy';
  }
  if (mayHint) {
    later = openIdxLater(image);
    hinting = soundPathIndex(later, () => {}, { proves: false });
  }
  if (reader === 'eager') expectIdx(image);
  else if (reader === 'lazy' && hinting === undefined) {
    source.expect?.(image.idxOffset, IDX_MIN_SIZE);
  }
  const decoder = openDecoder(pack, inflater);
  if (reader === 'eager') rehearse(decoder);

  let idx: Idx;
  if (reader === 'analyze' && whole !== undefined) {
    idx = whole.analyzePack(image.pack, image.objectCount, {
      inflater,
      limits,
      cacheBytes,
      newHash,
    });
  } else if (later !== undefined && (index ?? hinting) !== undefined) {
    idx = later.idx;
  } else {
    idx = openIdx(image).idx;
  }
  if (options.commit !== undefined) requireCommit(image, options.commit);
  const treeBytes = reader === 'lazy' ? cacheBytes * TREE_SHARE : 0;
  const namesBytes = index === undefined ? treeBytes : indexBytes;
  const objects = new ObjectReader(pack, {
    inflater,
    decoder,
    limits,
    cacheBytes: cacheBytes - namesBytes,
    lookUp: (oid) => idx.lookUp(oid),
    newBytes: options.newBytes,
    check: check ? newHash : undefined,
    restarts: (dataOffset, size) => {
      return index?.restartsFrom(firstBlockOf(dataOffset), Math.ceil(size / RESTART_SIZE));
    },
  });
  const sources = { pack, objects, newHash, idx };
  if (index !== undefined) {
    const { seconds } = readCommit(sources, image.commit).commit.committer;
    const layout = new IndexedLayout(index, idx, limits);
    const indexed = new ImageNodes(layout, objects, idx, seconds, limits);
    if (reader === 'indexed') return indexed;
    const openOther = () => openNodes(source, { ...options, reader: 'lazy' }, whole, OTHER_NUMBERS);
    return withFallback(indexed, openOther, onWarning);
  }
  if (reader === 'lazy') {
    const hints = hinting && new TreeHints(hinting, objects);
    const { commit, rootPackOffset } = hints
      ? { ...readCommit(sources, image.commit), rootPackOffset: undefined }
      : readBoot(sources, image.commit);
    const { seconds } = commit.committer;
    const root = { oid: commit.tree, packOffset: rootPackOffset };
    const layout = new LazyLayout(objects, idx, root, treeBytes, { firstNumber, hints });
    return new ImageNodes(layout, objects, idx, seconds, limits);
  }
  if (whole === undefined) throw new OptionError(`this program has no reader '${reader}'`);
  // The IDX is present, or will be: no guess is needed.
  const commitOffset = locateObject(idx, image.commit);
  const commit = decodeCommit(objects.readContent(commitOffset, OBJECT_COMMIT, image.commit));
  const layout = new whole.EagerLayout(whole.walkTrees(objects, idx, commit.tree, limits), idx);
  return new ImageNodes(layout, objects, idx, commit.committer.seconds, limits);
}

/** Begins to read the end of an image, where a path index has its root and the blocks below that. */
function expectEnd(source: ByteSource): void {
  source.prefetch?.(Float64Array.of(Math.max(0, source.size - END_BYTES), source.size));
}

/** Begins to read the whole IDX, or as much of it as the source has room for. */
function expectIdx({ source, idxOffset, objectCount }: ImagePack): void {
  source.prefetch?.(Float64Array.of(idxOffset, idxOffset + idxSize(objectCount, objectCount)));
}

function requireCommit({ commit }: ImagePack, wanted: Oid): void {
  if (equalBytes(commit, wanted)) return;
  throw new FormatError('BAD_HASH', `the image holds another commit, ${oidToHex(commit)}`, {
    oid: oidToHex(wanted),
  });
}

function requirePathIndex(image: Image, options: PathIndexOptions): PathIndex {
  const index = openPathIndex(image, options);
  if (index !== undefined) return index;
  throw new FormatError('BAD_INDEX', 'the image has no path index');
}

/** The image's path index, unless it has none or not its own. */
function soundPathIndex(
  image: Image,
  onWarning: (message: string) => void,
  options: PathIndexOptions,
): PathIndex | undefined {
  try {
    return openPathIndex(image, options);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    onWarning(`the path index is not used: ${error.message}`);
    return undefined;
  }
}
