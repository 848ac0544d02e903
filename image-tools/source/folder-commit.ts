import { createHash } from 'node:crypto';
import { encodeCommit, hashObject, MAX_PERSON_LENGTH, OBJECT_COMMIT, type Oid } from '#format';
import { ToolError } from '../base/errors.ts';
import type { CommitDate } from '../base/rfc3339.ts';
import type { ObjectList } from './objects.ts';

/** The author or committer of a commit. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** What the commit of a folder says. */
export interface FolderCommit {
  /** Author and committer; whom the original names, if absent. */
  readonly author?: Author | undefined;
  /** No message if absent; a newline is added if it does not end in one. */
  readonly message?: string | undefined;
  readonly date: CommitDate;
}

const GREENTHUMB: Author = { name: 'Dr. Greenthumb', email: 'noreply@cypress.hill' };
/** Bytes that a date takes in a line of a commit. */
const DATE_LENGTH = 32;
/** What ends a name, an address or their line; Git's own client writes none of these either. */
const BREAKS = /[<>]|\p{Cc}/u;

/**
 * Adds the commit that a folder gets, and gives its id: without parent, and by default as the original
 * makes it (spec: the image format, "The commit that a folder gets").
 * @throws ToolError USAGE for an author or a message that no commit can hold
 */
export function addFolderCommit(
  objects: ObjectList,
  tree: Oid,
  { author = GREENTHUMB, message = '', date }: FolderCommit,
): Oid {
  checkAuthor(author);
  if (message.includes('\0')) throw new ToolError('USAGE', 'a message cannot contain a NUL');
  const person = { name: bytesOf(author.name), email: bytesOf(author.email), ...date };
  const ending = message === '' || message.endsWith('\n') ? '' : '\n';
  const content = encodeCommit({
    tree,
    parents: [],
    author: person,
    committer: person,
    message: bytesOf(message + ending),
  });
  const oid = hashObject(() => createHash('sha1'), OBJECT_COMMIT, content);
  const locator = { kind: 'inline', content } as const;
  objects.add(oid, OBJECT_COMMIT, content.length, locator, new Uint8Array(0));
  return oid;
}

/** Takes `NAME <EMAIL>` apart; undefined if it is something else. */
export function parseAuthor(text: string): Author | undefined {
  const [, name, email] = /^\s*([^<>]*?)\s*<\s*([^<>]*?)\s*>\s*$/.exec(text) ?? [];
  return name === undefined || email === undefined ? undefined : { name, email };
}

function checkAuthor({ name, email }: Author): void {
  const text = `${name} <${email}>`;
  if (name.trim() === '' || BREAKS.test(name + email)) {
    const words = 'an author needs a name and an address, without <, > or control characters';
    throw new ToolError('USAGE', `${text}: ${words}`);
  }
  if (Buffer.byteLength(text) + DATE_LENGTH > MAX_PERSON_LENGTH) {
    throw new ToolError('USAGE', `an author of ${Buffer.byteLength(text)} bytes is too long`);
  }
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}
