import {
  type BlockSink,
  decodeCommit,
  FormatError,
  type Image,
  type Inflater,
  KINDS,
  type Limits,
  OBJECT_COMMIT,
  type Oid,
  oidToHex,
  PathIndexEncoder,
} from '#format';
import { ObjectReader } from '#reader';
import { PathIndexBudget } from './budget.ts';
import type { LoadedIdx } from './load-idx.ts';
import { readRestarts } from './restarts.ts';
import { walkPaths } from './walk-paths.ts';

/** What a path index is made from. */
export interface PathIndexInput {
  /** The image up to its IDX and padding; what stands after is not looked at. */
  readonly image: Image;
  readonly loaded: LoadedIdx;
  /** By rank in the IDX, the sizes of the objects in bytes. */
  readonly sizes: Float64Array;
  /** The section's size becomes a multiple of this power of two. */
  readonly blockSize: number;
  readonly inflater: Inflater;
  readonly limits: Limits;
}

/** Bytes of trees that are kept: bases of the deltas to come, and folders that occur again. */
const CACHE_BYTES = 32 * 2 ** 20;

const SUBMODULE = KINDS.indexOf('submodule');
const DIRECTORY = KINDS.indexOf('directory');

/**
 * Encodes the path index of an image out of its trees, block by block; gives the section's size in
 * bytes and the number of paths.
 * @throws FormatError LIMIT where the image has paths that no index can hold, and what bad trees give
 */
export function encodePathIndex(
  input: PathIndexInput,
  write: BlockSink,
): { readonly size: number; readonly paths: number } {
  const { image, loaded, sizes, limits } = input;
  const { idx } = loaded;
  const objects = new ObjectReader(image.pack, {
    inflater: input.inflater,
    // Trees are made of trees: of a base, too, no more is held.
    limits: { ...limits, maxObjectSize: limits.maxTreeSize },
    cacheBytes: CACHE_BYTES,
    lookUp: (oid) => idx.lookUp(oid),
  });
  const budget = new PathIndexBudget(image.pack.size, limits);
  const encoder = new PathIndexEncoder((block) => {
    budget.addBlock(block.length);
    write(block);
  });
  const seen = new Uint8Array(idx.count);

  const rankOf = (oid: Oid): number => {
    const rank = idx.find(oid);
    if (rank !== undefined) return rank;
    throw new FormatError('MISSING_OBJECT', 'not in the PACK', { oid: oidToHex(oid) });
  };
  const readTree = (oid: Oid): Uint8Array => {
    const rank = rankOf(oid);
    const packOffset = idx.packOffsetOf(rank);
    // A copy: what a walk keeps of a folder are views of it.
    const content = objects.readTree(packOffset).slice();
    objects.checkExpansion(packOffset);
    if (seen[rank] === 0) budget.addTree(content.length);
    seen[rank] = 1;
    return content;
  };
  const checkCount = (paths: number) => budget.checkCount(paths);

  const commitOffset = idx.packOffsetOf(rankOf(image.commit));
  const commit = decodeCommit(objects.readContent(commitOffset, OBJECT_COMMIT));
  walkPaths(
    commit.tree,
    {
      readTree,
      checkCount,
      maxTreeDepth: limits.maxTreeDepth,
      maxOpenSize: 2 * limits.maxTreeSize,
    },
    (key, kind, oid) => {
      budget.addPath(key.length);
      if (kind === SUBMODULE) {
        encoder.add(key, { kind, packOffset: 0, rank: 0, size: 0, submodule: oid });
        return;
      }
      const rank = rankOf(oid);
      const size = kind === DIRECTORY ? 0 : (sizes[rank] as number);
      encoder.add(key, {
        kind,
        rank,
        packOffset: idx.packOffsetOf(rank),
        size,
        submodule: undefined,
      });
    },
  );
  const rootRank = rankOf(commit.tree);
  const size = encoder.finish(
    {
      idxOffset: image.idxOffset,
      idxSize: loaded.size,
      commit: image.commit,
      packChecksum: loaded.packChecksum,
      idxChecksum: loaded.idxChecksum,
      objectCount: image.objectCount,
      rootRank,
      rootPackOffset: idx.packOffsetOf(rootRank),
    },
    input.blockSize,
    readRestarts(image, idx, sizes),
  );
  return { size, paths: encoder.pathCount };
}
