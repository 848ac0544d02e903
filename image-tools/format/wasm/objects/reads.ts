// The same without walks over all trees, which no page makes: what scripts for browsers hold.
import { applyDelta } from './delta.ts';
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

export {
  applyDelta,
  bitsLeft,
  bitValue,
  inflateDelta,
  inflatePiece,
  inflateWhole,
  isBetweenBlocks,
  listDirectories,
  pieceEnd,
  pieceStart,
  resume,
  start,
  startTree,
  sumSoFar,
  unread,
};
