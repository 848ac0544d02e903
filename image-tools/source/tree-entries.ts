import { OID_LENGTH, type Oid } from '#format';
import { GitError } from './git-client.ts';

/** What a tree names, all in views of its content. */
export interface NamedObject {
  readonly kind: 'tree' | 'blob' | 'submodule';
  readonly name: Uint8Array;
  readonly oid: Oid;
}

const TYPE_BITS = 0o170000;
const TYPE_TREE = 0o040000;
const TYPE_SUBMODULE = 0o160000;

/**
 * The entries of a tree's content as git's own client reads them: whatever their modes and order.
 * @throws GitError where the bytes are no tree
 */
export function* treeEntries(content: Uint8Array): Generator<NamedObject, void, undefined> {
  for (let at = 0; at < content.length; ) {
    let mode = 0;
    let end = at;
    for (let byte = content[end]; byte !== 0x20; byte = content[++end]) {
      if (byte === undefined || byte < 0x30 || byte > 0x37 || end - at > 10) {
        throw new GitError('a tree with a mode that is not octal');
      }
      mode = mode * 8 + byte - 0x30;
    }
    const nameEnd = content.indexOf(0, end + 1);
    if (nameEnd === -1 || content.length - nameEnd <= OID_LENGTH) {
      throw new GitError('a tree that ends inside an entry');
    }
    const type = mode & TYPE_BITS;
    at = nameEnd + 1 + OID_LENGTH;
    yield {
      kind: type === TYPE_TREE ? 'tree' : type === TYPE_SUBMODULE ? 'submodule' : 'blob',
      name: content.subarray(end + 1, nameEnd),
      oid: content.subarray(nameEnd + 1, at),
    };
  }
}
