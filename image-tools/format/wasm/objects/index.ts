// Inflates one zlib stream (RFC 1950, 1951) after another, piece by piece or whole, applies deltas,
// checks and walks trees: compiled to WebAssembly by scripts/build-wasm.ts.
// (AssemblyScript takes no file's ending in `export … from`.)
import { applyDelta } from './delta.ts';
import { startIdx } from './idx.ts';
import {
  bitsLeft,
  bitValue,
  inflateDelta,
  inflatePiece,
  inflateWhole,
  isBetweenBlocks,
  pieceEnd,
  pieceStart,
  resume,
  start,
  sumSoFar,
  unread,
} from './stream.ts';
import { listDirectories, startTree } from './tree.ts';
import {
  decodeRun,
  directoryAt,
  directoryCount,
  numberTrees,
  planRuns,
  reachedPlace,
  reserve,
  startWalk,
  takeTree,
  treesEnd,
} from './walk.ts';

export {
  applyDelta,
  bitsLeft,
  bitValue,
  decodeRun,
  directoryAt,
  directoryCount,
  inflateDelta,
  inflatePiece,
  inflateWhole,
  isBetweenBlocks,
  listDirectories,
  numberTrees,
  pieceEnd,
  pieceStart,
  planRuns,
  reachedPlace,
  reserve,
  resume,
  start,
  startIdx,
  startTree,
  startWalk,
  sumSoFar,
  takeTree,
  treesEnd,
  unread,
};
