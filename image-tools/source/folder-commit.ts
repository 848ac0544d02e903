import { createHash } from 'node:crypto';
import { encodeAscii, encodeCommit, hashObject, OBJECT_COMMIT, type Oid } from '#format';
import type { CommitDate } from '../base/rfc3339.ts';
import type { ObjectList } from './objects.ts';

/**
 * Adds the commit that a folder gets, and gives its id: without parent or message, by the author
 * whom the original names (spec: the image format, "The commit that a folder gets").
 */
export function addFolderCommit(objects: ObjectList, tree: Oid, date: CommitDate): Oid {
  const person = {
    name: encodeAscii('Dr. Greenthumb'),
    email: encodeAscii('noreply@cypress.hill'),
    ...date,
  };
  const message = new Uint8Array(0);
  const content = encodeCommit({ tree, parents: [], author: person, committer: person, message });
  const oid = hashObject(() => createHash('sha1'), OBJECT_COMMIT, content);
  const locator = { kind: 'inline', content } as const;
  objects.add(oid, OBJECT_COMMIT, content.length, locator, new Uint8Array(0));
  return oid;
}
