import {
  FormatError,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_FILE_GROUP_WRITABLE,
  MODE_LINK,
  MODE_SUBMODULE,
  MODE_TREE,
} from '#format';
import type { Kind } from './file-system.ts';

/** Every kind, at the number that stands for it in flat arrays. */
export const KINDS = ['file', 'executable', 'directory', 'link', 'submodule'] as const;

const KIND_OF_MODE: ReadonlyMap<number, Kind> = new Map([
  [MODE_FILE, 'file'],
  [MODE_FILE_GROUP_WRITABLE, 'file'],
  [MODE_EXECUTABLE, 'executable'],
  [MODE_TREE, 'directory'],
  [MODE_LINK, 'link'],
  [MODE_SUBMODULE, 'submodule'],
]);

/** The kind of a tree entry of this mode. @throws FormatError BAD_TREE for a mode git has not */
export function kindOfMode(mode: number): Kind {
  const kind = KIND_OF_MODE.get(mode);
  if (kind === undefined) throw new FormatError('BAD_TREE', `unknown mode ${mode.toString(8)}`);
  return kind;
}
