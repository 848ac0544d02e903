import {
  type ByteSource,
  createInflater,
  DEFAULT_LIMITS,
  type Idx,
  type ImagePack,
  type Inflater,
  type Limits,
  type NewHash,
  newSha1,
  openImage,
  openPack,
} from '#format';
import { analyzePack, ObjectReader } from '../pack/index.ts';
import { readBoot } from './boot.ts';
import { EagerLayout } from './eager-layout.ts';
import { walkTrees } from './eager-walk.ts';
import type { FileSystem } from './file-system.ts';
import { ImageFileSystem } from './image-file-system.ts';
import { LazyLayout } from './lazy-layout.ts';

/** The readers of an image; see {@link MountOptions.reader}. */
export const READERS = ['lazy', 'eager', 'analyze'] as const;
export type Reader = (typeof READERS)[number];

export interface MountOptions {
  /**
   * `lazy` (the default) reads directories when a path leads through them: it boots at once, in
   * memory that does not grow with the image. `eager` reads all directories at boot: look-ups are
   * faster then and need no directory from the disk. `analyze` does not trust the IDX: it inflates
   * and hashes every object of the PACK at boot, then goes on as `eager`.
   */
  readonly reader?: Reader;
  readonly limits?: Limits;
  readonly inflater?: Inflater;
  readonly newHash?: NewHash;
  /** Bytes that may be kept of objects read before; 32 MiB if absent. */
  readonly cacheBytes?: number;
}

const DEFAULT_CACHE_BYTES = 32 * 2 ** 20;
/** The part of the cache that the lazy reader has for directories. */
const TREE_SHARE = 1 / 8;

let sharedInflater: Inflater | undefined;

/** One for all file systems: it keeps no more than memory from one object to the next. */
function defaultInflater(): Inflater {
  sharedInflater ??= createInflater();
  return sharedInflater;
}

/**
 * Opens the image in `source`, which is borrowed for as long as the file system is in use.
 * @throws FormatError if the bytes read so far are not those of an image
 */
export function mount(source: ByteSource, options: MountOptions = {}): FileSystem {
  const { reader = 'lazy', limits = DEFAULT_LIMITS, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const { inflater = defaultInflater(), newHash = newSha1 } = options;
  const treeBytes = reader === 'lazy' ? cacheBytes * TREE_SHARE : 0;
  const reading = { inflater, limits, cacheBytes: cacheBytes - treeBytes };

  let image: ImagePack;
  let idx: Idx;
  if (reader === 'analyze') {
    image = openPack(source, limits);
    idx = analyzePack(image.pack, image.objectCount, { ...reading, newHash });
  } else {
    const opened = openImage(source, limits);
    image = opened;
    idx = opened.idx;
  }
  const { pack } = image;
  const objects = new ObjectReader(pack, { ...reading, lookUp: (oid) => idx.lookUp(oid) });
  const { commit, rootPackOffset } = readBoot({ pack, objects, newHash, idx }, image.commit);
  const { seconds } = commit.committer;
  if (reader === 'lazy') {
    const root = { oid: commit.tree, packOffset: rootPackOffset };
    return new ImageFileSystem(
      new LazyLayout(objects, idx, root, treeBytes),
      objects,
      seconds,
      limits,
    );
  }
  const layout = new EagerLayout(walkTrees(objects, idx, commit.tree, limits), idx);
  return new ImageFileSystem(layout, objects, seconds, limits);
}
