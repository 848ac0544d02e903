import {
  decodeLatin1,
  FormatError,
  MODE_SUBMODULE,
  MODE_TREE,
  OID_LENGTH,
  type Oid,
  TreeCursor,
} from '#format';
import { ToolError } from '../base/errors.ts';

/** What a tree names. */
export interface NamedObject {
  readonly kind: 'tree' | 'blob' | 'submodule';
  /** The name's bytes, each as one character. */
  readonly name: string;
  /** A view of the tree's content. */
  readonly oid: Oid;
}

/**
 * The entries of a tree's content, checked as the readers of an image check them, whatever their order.
 * @throws ToolError REFUSED, with the tree's id and its path: for a name that is there twice, or one or a mode that
 * no reader takes
 */
export function* namedObjects(
  content: Uint8Array,
  id: string,
  path: string,
): Generator<NamedObject, void, undefined> {
  const cursor = new TreeCursor(content);
  const names = new Set<string>();
  while (isNext(cursor, id, path)) {
    const { mode, nameStart, nameEnd, oidStart } = cursor;
    const name = decodeLatin1(content.subarray(nameStart, nameEnd));
    if (names.has(name)) throw refused(id, path, `it names ${textOf(name)} twice`);
    names.add(name);
    yield {
      kind: mode === MODE_TREE ? 'tree' : mode === MODE_SUBMODULE ? 'submodule' : 'blob',
      name,
      oid: content.subarray(oidStart, oidStart + OID_LENGTH),
    };
  }
}

/** The text that a path's bytes, each as one character, are in UTF-8. */
export function textOf(path: string): string {
  return Buffer.from(path, 'latin1').toString();
}

function isNext(cursor: TreeCursor, id: string, path: string): boolean {
  try {
    return cursor.next();
  } catch (error) {
    if (error instanceof FormatError) throw refused(id, path, error.message, error);
    throw error;
  }
}

function refused(id: string, path: string, reason: string, cause?: unknown): ToolError {
  const where = path === '' ? 'the root' : textOf(path);
  return new ToolError('REFUSED', `tree ${id} (${where}): ${reason}`, cause);
}
