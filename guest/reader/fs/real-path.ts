import type { Path } from './entry.ts';
import { FsError } from './errors.ts';
import type { NodeTree } from './node-tree.ts';
import { isDot, isDotDot, pathBytes, pathText, SLASH, segmentEnd } from './path.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** A path that is being followed: the caller's own, or a link's target. */
interface Cursor {
  readonly path: Uint8Array;
  at: number;
}

/**
 * The path of what stands at `path`, from the root, without links, `.` and doubled slashes. What it is to
 * lead through is known to exist: `nodes.find` has followed it, within its bounds.
 * @throws FsError as `nodes.find`; INVALID_PATH where text is asked for and the path is not UTF-8
 */
export function realPath<P extends Path>(nodes: NodeTree, path: P): P {
  nodes.find(path);
  /** The names so far, and their directories, below the root. */
  const names: Uint8Array[] = [];
  const directories = [nodes.root];
  const pending: Cursor[] = [{ path: pathBytes(path), at: 0 }];
  for (let cursor = pending.at(-1); cursor !== undefined; cursor = pending.at(-1)) {
    const from = cursor.at;
    if (from >= cursor.path.length) {
      pending.pop();
      continue;
    }
    const to = segmentEnd(cursor.path, from);
    cursor.at = to + 1;
    if (to === from || isDot(cursor.path, from, to)) continue;
    if (isDotDot(cursor.path, from, to)) {
      if (names.pop() !== undefined) directories.pop();
      continue;
    }
    const name = cursor.path.subarray(from, to);
    const child = nodes.child(directories[names.length] as (typeof directories)[0], name);
    if (child === undefined) throw new FsError('NOT_FOUND', pathText(path), 'not found');
    if (nodes.kind(child) === 'link') {
      const target = nodes.target(child);
      if (target[0] === SLASH) {
        names.length = 0;
        directories.length = 1;
      }
      pending.push({ path: target, at: 0 });
    } else {
      names.push(name);
      directories.push(child);
    }
  }
  const bytes = joinNames(names);
  if (typeof path !== 'string') return bytes as P;
  const text = decodeUtf8(bytes);
  if (encodeUtf8(text).length === bytes.length && !text.includes('\ufffd')) return text as P;
  throw new FsError('INVALID_PATH', path, 'its real path is not UTF-8; pass the path as bytes');
}

function joinNames(names: readonly Uint8Array[]): Uint8Array {
  const size = names.reduce((sum, name) => sum + 1 + name.length, 0);
  const path = new Uint8Array(Math.max(1, size)).fill(SLASH);
  let at = 0;
  for (const name of names) {
    path.set(name, at + 1);
    at += 1 + name.length;
  }
  return path;
}
