// Inflates one zlib stream (RFC 1950, 1951) after another, piece by piece or whole, applies deltas,
// checks and walks trees: compiled to WebAssembly by scripts/build-wasm.ts.
// (AssemblyScript takes no file's ending in `export … from`.)
import { startIdx } from './idx.ts';
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

export * from './reads';
export {
  decodeRun,
  directoryAt,
  directoryCount,
  numberTrees,
  planRuns,
  reachedPlace,
  reserve,
  startIdx,
  startWalk,
  takeTree,
  treesEnd,
};
