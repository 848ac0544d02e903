import { COMMITS } from './commits.ts';
import type { Defect } from './defect.ts';
import { DELTAS } from './deltas.ts';
import { ENTRIES } from './entries.ts';
import { GEOMETRY } from './geometry.ts';
import { IDX } from './idx.ts';
import { TREES } from './trees.ts';

/** Every defect that we know of, in the order of the image. */
export const DEFECTS: readonly Defect[] = [
  ...GEOMETRY,
  ...ENTRIES,
  ...DELTAS,
  ...IDX,
  ...TREES,
  ...COMMITS,
];
