import { compareBytes, DEFAULT_LIMITS, equalBytes, FormatError } from '#format';
import type { Kind } from '#reader';
import type { PathBudget } from '../path-budget.ts';
import type { Side, SideEntry } from './side.ts';

/** One of the two states of what changed. */
export interface Version {
  readonly side: Side;
  readonly node: unknown;
  readonly kind: Kind;
}

/** A path that differs. */
export interface Change {
  /** From the root. */
  readonly path: Uint8Array;
  /** Added, deleted, modified (content or executable bit), or of another type. */
  readonly status: 'A' | 'D' | 'M' | 'T';
  readonly old: Version | undefined;
  readonly new: Version | undefined;
}

/** Whether to leave out what stands at a path, and all below it. */
export type Exclude = (path: Uint8Array, isFolder: boolean) => boolean;

interface Folder {
  readonly side: Side;
  readonly node: unknown;
}

const SLASH = Buffer.from('/');
const { maxTreeDepth } = DEFAULT_LIMITS;

/**
 * What differs between two sides, in the order of their paths. Folders whose ids are equal are not opened,
 * files whose sizes differ are not hashed. Of a folder that one side has, the files are given, and itself
 * only where it is empty.
 * @param budget what the paths may come to, for whoever does more with each than to print it
 * @throws FormatError for a bad image, LIMIT for folders nested without end, and beyond the budget; ToolError
 */
export function compareSides(
  old: Side,
  other: Side,
  exclude: Exclude = () => false,
  budget?: PathBudget,
) {
  return compareFolders(folderOf(old), folderOf(other), Buffer.alloc(0), { exclude, budget }, 0);
}

interface CompareOptions {
  readonly exclude: Exclude;
  readonly budget: PathBudget | undefined;
}

function folderOf(side: Side): Folder {
  return { side, node: side.root };
}

function* compareFolders(
  old: Folder | undefined,
  other: Folder | undefined,
  prefix: Buffer,
  options: CompareOptions,
  depth: number,
): Generator<Change, void, undefined> {
  if (depth > maxTreeDepth) {
    throw new FormatError('LIMIT', `folders nested more than ${maxTreeDepth} deep`);
  }
  if (old !== undefined && other !== undefined && sameTree(old, other)) return;
  const { exclude, budget } = options;
  const isNew = isNewPair(old, other, budget);
  let isEmpty = true;
  for (const [name, a, b] of pairs(old, other)) {
    isEmpty = false;
    const path = prefix.length === 0 ? Buffer.from(name) : Buffer.concat([prefix, SLASH, name]);
    const isFolder = (a ?? b)?.kind === 'directory';
    if (exclude(path, isFolder)) continue;
    budget?.addPath(isNew);
    const from = a && { side: (old as Folder).side, node: a.node, kind: a.kind };
    const to = b && { side: (other as Folder).side, node: b.node, kind: b.kind };
    if (from?.kind === 'directory' || to?.kind === 'directory') {
      // A file in a folder's place: one goes, the others come.
      if (from !== undefined && from.kind !== 'directory') {
        yield { path, status: 'D', old: from, new: undefined };
      }
      const [before, after] = [from, to].map((version) =>
        version?.kind === 'directory' ? version : undefined,
      );
      yield* compareFolders(before, after, path, options, depth + 1);
      if (to !== undefined && to.kind !== 'directory') {
        yield { path, status: 'A', old: undefined, new: to };
      }
    } else {
      const status = statusOf(from, to);
      if (status !== undefined) yield { path, status, old: from, new: to };
    }
  }
  if (!isEmpty || (old !== undefined && other !== undefined) || prefix.length === 0) return;
  const version = { ...((old ?? other) as Folder), kind: 'directory' as const };
  yield old === undefined
    ? { path: prefix, status: 'A', old: undefined, new: version }
    : { path: prefix, status: 'D', old: version, new: undefined };
}

/** Whether one of two folders was not met before: both are remembered. */
function isNewPair(
  old: Folder | undefined,
  other: Folder | undefined,
  budget: PathBudget | undefined,
): boolean {
  if (budget === undefined) return true;
  const [isOldNew, isOtherNew] = [old, other].map((folder) => {
    if (folder === undefined) return false;
    const id = folder.side.treeId(folder.node);
    return id === undefined || budget.isNew(id);
  });
  return isOldNew === true || isOtherNew === true;
}

function sameTree(old: Folder, other: Folder): boolean {
  const id = old.side.treeId(old.node);
  const otherId = id && other.side.treeId(other.node);
  return id !== undefined && otherId !== undefined && equalBytes(id, otherId);
}

function statusOf(
  old: Version | undefined,
  other: Version | undefined,
): Change['status'] | undefined {
  if (old === undefined) return 'A';
  if (other === undefined) return 'D';
  const isFile = ({ kind }: Version) => kind === 'file' || kind === 'executable';
  if (old.kind !== other.kind) return isFile(old) && isFile(other) ? 'M' : 'T';
  return sameContent(old, other) ? undefined : 'M';
}

/** Whether two versions have the same bytes. */
export function sameContent(old: Version, other: Version): boolean {
  const size = old.side.size(old.node);
  const otherSize = other.side.size(other.node);
  if (size !== undefined && otherSize !== undefined && size !== otherSize) return false;
  return equalBytes(old.side.id(old.node), other.side.id(other.node));
}

type Pair = [name: Uint8Array, old: SideEntry | undefined, other: SideEntry | undefined];

/** The entries of two folders, those of one name together. */
function* pairs(old: Folder | undefined, other: Folder | undefined): Generator<Pair> {
  const left = iterate(old);
  const right = iterate(other);
  let [a, b] = [left(), right()];
  while (a !== undefined || b !== undefined) {
    const order = a === undefined ? 1 : b === undefined ? -1 : compareBytes(a.name, b.name);
    const name = (order <= 0 ? a : b)?.name as Uint8Array;
    yield [name, order <= 0 ? a : undefined, order >= 0 ? b : undefined];
    if (order <= 0) a = left();
    if (order >= 0) b = right();
  }
}

function iterate(folder: Folder | undefined): () => SideEntry | undefined {
  if (folder === undefined) return () => undefined;
  const entries = folder.side.list(folder.node)[Symbol.iterator]();
  return () => entries.next().value as SideEntry | undefined;
}
