import { FormatError } from '#format';
import { FsError } from './errors.ts';
import type { Layout } from './layout.ts';
import { isDot, isDotDot, SLASH, segmentEnd } from './path.ts';

/** Most links that one look-up follows, as on Linux. */
const MAX_LINKS = 40;

/** A path that is being followed: the look-up's own, or a link's target. */
interface Cursor {
  readonly path: Uint8Array;
  at: number;
}

/**
 * Resolves `path` to its entry. Links are followed, the last segment's only if `followLast`; an
 * absolute target counts from the image's root, and `..` in a target stops there.
 * @param readLink gives a link's target, for at most MAX_LINKS links
 * @param maxDepth deepest nesting of directories; a forged image can hold one that contains itself
 * @throws FormatError LIMIT beyond it
 * @throws FsError NOT_FOUND, NOT_A_DIRECTORY, TOO_MANY_LINKS
 */
export function resolvePath<Node>(
  layout: Layout<Node>,
  path: Uint8Array,
  text: string,
  readLink: (link: Node) => Uint8Array,
  maxDepth: number,
  followLast = true,
): Node {
  /** The directories above `node`, the root first: what `..` goes back to. */
  const above: Node[] = [];
  let node = layout.root;
  let links = 0;
  const pending: Cursor[] = [{ path, at: 0 }];

  for (let cursor = pending.at(-1); cursor !== undefined; cursor = pending.at(-1)) {
    if (cursor.at >= cursor.path.length) {
      pending.pop();
      continue;
    }
    // What stands before a slash or a further segment must be a directory.
    if (layout.kindOf(node) !== 'directory') {
      throw new FsError('NOT_A_DIRECTORY', text, 'not a directory');
    }
    if (cursor.path[cursor.at] === SLASH) {
      cursor.at += 1;
      continue;
    }
    const from = cursor.at;
    const to = segmentEnd(cursor.path, from);
    cursor.at = to;
    if (isDot(cursor.path, from, to)) continue;
    if (isDotDot(cursor.path, from, to)) {
      node = above.pop() ?? layout.root;
      continue;
    }
    const child = layout.child(node, cursor.path, from, to);
    if (child === undefined) throw new FsError('NOT_FOUND', text, 'not found');
    const isLast = pending.length === 1 && to === path.length;
    if (layout.kindOf(child) !== 'link' || (isLast && !followLast)) {
      if (above.length >= maxDepth) {
        throw new FormatError('LIMIT', `directories nested more than ${maxDepth} deep`);
      }
      above.push(node);
      node = child;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new FsError('TOO_MANY_LINKS', text, 'too many symbolic links');
    const target = readLink(child);
    if (target.length === 0) throw new FsError('NOT_FOUND', text, 'a link without a target');
    if (target[0] === SLASH) {
      above.length = 0;
      node = layout.root;
    }
    pending.push({ path: target, at: 0 });
  }
  return node;
}
