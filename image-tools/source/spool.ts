import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ByteSource,
  decodeLatin1,
  OBJECT_BLOB,
  OBJECT_COMMIT,
  OBJECT_TAG,
  OBJECT_TREE,
  type ObjectType,
  parseOid,
} from '#format';
import { ToolError } from '../base/errors.ts';
import { openFileSource } from '../files/file-source.ts';
import { type GitClient, GitError } from './git-client.ts';
import { ObjectList } from './objects.ts';

/** The id, type, size and path of an object, which its content and a newline follow. */
const FORMAT = '%(objectname) %(objecttype) %(objectsize) %(rest)';
const HEADER = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d{1,15}) (.*)$/;
const NEWLINE = 0x0a;
/** Longest header that is read at once, in bytes: paths are hardly ever longer than 4,096. */
const HEADER_WINDOW = 0x2000;

const TYPES: Readonly<Record<string, ObjectType>> = {
  commit: OBJECT_COMMIT,
  tree: OBJECT_TREE,
  blob: OBJECT_BLOB,
  tag: OBJECT_TAG,
};

/** What precedes and follows a content in the spool, in bytes: an id, a type, a size, a path. */
const OBJECT_OVERHEAD = 600;

/** What is to be spooled, and how much that may be. */
export interface SpoolSize {
  readonly objects: number;
  readonly contentBytes: number;
  /** Most that all contents may have, in bytes: a few of git's make any number. */
  readonly maxBytes: number;
}

/**
 * Writes the contents of the objects in `listFile` (in the format of `git rev-list --objects`) one after the
 * other into a file in `folder`, and lists the place of each. One run of git inflates all of them; the packer's
 * threads then read that file as they read the files of a folder.
 * @throws GitError; ToolError LIMIT if the contents are larger than allowed, IO if there is no room for them
 */
export async function spoolObjects(
  git: GitClient,
  folder: string,
  listFile: string,
  size: SpoolSize,
): Promise<ObjectList> {
  checkRoom(folder, size);
  const spoolFile = join(folder, 'objects.spool');
  await git.run(['cat-file', '--buffer', `--batch=${FORMAT}`], {
    input: listFile,
    output: spoolFile,
  });
  const source = openFileSource(spoolFile);
  try {
    return listSpool(source, spoolFile);
  } finally {
    source.close();
  }
}

function checkRoom(folder: string, { objects, contentBytes, maxBytes }: SpoolSize): void {
  if (contentBytes > maxBytes) {
    const words = `contents of ${contentBytes} bytes, at most ${maxBytes} allowed (--max-pack)`;
    throw new ToolError('LIMIT', words);
  }
  const { bavail, bsize } = statfsSync(folder);
  const needed = contentBytes + objects * OBJECT_OVERHEAD;
  if (needed <= bavail * bsize) return;
  const words = `${folder}: not enough space for ${contentBytes} bytes (TMPDIR chooses another folder)`;
  throw new ToolError('IO', words);
}

function listSpool(source: ByteSource, spoolFile: string): ObjectList {
  const objects = new ObjectList({ spoolFile });
  for (let at = 0; at < source.size; ) {
    const header = readLine(source, at);
    const [, id = '', type = '', size, path = ''] = HEADER.exec(header) ?? [];
    const oid = parseOid(id);
    if (oid === undefined) throw new GitError(`cat-file says: ${header}`);
    const offset = at + header.length + 1;
    const hint = Buffer.from(path, 'latin1');
    objects.add(oid, TYPES[type] as ObjectType, Number(size), { kind: 'spool', offset }, hint);
    at = offset + Number(size) + 1;
  }
  return objects;
}

/** The line that begins at `offset`, each byte as one character. */
function readLine(source: ByteSource, offset: number): string {
  for (let want = HEADER_WINDOW; ; want *= 2) {
    const view = source.window(offset, want);
    const end = view.indexOf(NEWLINE);
    if (end !== -1) return decodeLatin1(view.subarray(0, end));
    if (view.length < want) throw new GitError('cat-file ended within a line');
  }
}
