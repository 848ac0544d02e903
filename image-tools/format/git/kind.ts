import { FormatError } from '../base/errors.ts';
import { MODE_EXECUTABLE, MODE_FILE, MODE_LINK, MODE_SUBMODULE, MODE_TREE } from './tree.ts';

/** Every kind of entry, at the number that stands for it in flat arrays and in the path index. */
export const KINDS = ['file', 'executable', 'directory', 'link', 'submodule'] as const;

/** What an entry of a tree is. */
export type EntryKind = (typeof KINDS)[number];

const KIND_OF_MODE: ReadonlyMap<number, EntryKind> = new Map([
  [MODE_FILE, 'file'],
  [MODE_EXECUTABLE, 'executable'],
  [MODE_TREE, 'directory'],
  [MODE_LINK, 'link'],
  [MODE_SUBMODULE, 'submodule'],
]);

/** The kind of a tree entry of this mode. @throws FormatError BAD_TREE for a mode git has not */
export function kindOfMode(mode: number): EntryKind {
  const kind = KIND_OF_MODE.get(mode);
  if (kind === undefined) throw new FormatError('BAD_TREE', `unknown mode ${mode.toString(8)}`);
  return kind;
}
