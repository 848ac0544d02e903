import { FormatError } from '../base/errors.ts';
import { copyRange, decodeLatin1, encodeAscii } from '../bytes/bytes.ts';
import { type Oid, oidToHex, parseOid } from './oid.ts';

/** Who wrote or committed, and when. Texts are bytes: nothing says that they are UTF-8. */
export interface Person {
  readonly name: Uint8Array;
  readonly email: Uint8Array;
  /** Seconds since 1970; negative before; 0 where the line has no time. */
  readonly seconds: number;
  /** Offset of the person's clock from UTC, as written: `+hhmm` or `-hhmm`. */
  readonly zone: string;
}

/** A commit object, as far as it is known here: see {@link decodeCommit}. */
export interface Commit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Person;
  readonly committer: Person;
  /** All behind the empty line that ends the headers; empty where that line is missing too. */
  readonly message: Uint8Array;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const MAX_PERSON_LENGTH = 4096;
/**
 * Bytes of headers: room for 20,000 parents, or for any signature. Without a bound, a kilobyte of
 * zlib stream buys a million lines to look at, or parents of ten times their own size to hold.
 */
const MAX_HEADERS_SIZE = 2 ** 20;

/**
 * Decodes the content of a commit object; the parts are copies. Headers that it does not know
 * (encoding, signatures) are skipped.
 * @throws FormatError BAD_COMMIT, LIMIT above 1 MiB of headers
 */
export function decodeCommit(bytes: Uint8Array): Commit {
  let tree: Oid | undefined;
  let author: Person | undefined;
  let committer: Person | undefined;
  const parents: Oid[] = [];
  let at = 0;
  while (at < bytes.length && bytes[at] !== NEWLINE) {
    if (at > MAX_HEADERS_SIZE) {
      throw new FormatError('LIMIT', 'a commit with more than 1 MiB of headers', { offset: at });
    }
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(at, end);
    // A line that begins with a space continues the header above it.
    const key = decodeLatin1(line.subarray(0, Math.max(0, line.subarray(0, 12).indexOf(SPACE))));
    const value = line.subarray(key.length + 1);
    if (key === 'tree') tree ??= decodeHexOid(value, at);
    else if (key === 'parent') parents.push(decodeHexOid(value, at));
    else if (key === 'author') author ??= decodePerson(value, at);
    else if (key === 'committer') committer ??= decodePerson(value, at);
    at = end + 1;
  }
  if (tree === undefined || author === undefined || committer === undefined) {
    throw new FormatError('BAD_COMMIT', 'a commit without tree, author or committer');
  }
  return { tree, parents, author, committer, message: copyRange(bytes, at + 1, bytes.length) };
}

/**
 * The content of a commit. Without a message the object ends behind the committer's line, as the
 * original writes it for a folder; with one, an empty line stands between.
 */
export function encodeCommit(commit: Commit): Uint8Array {
  const head =
    `tree ${oidToHex(commit.tree)}\n` +
    commit.parents.map((parent) => `parent ${oidToHex(parent)}\n`).join('') +
    `author ${encodePerson(commit.author)}\n` +
    `committer ${encodePerson(commit.committer)}\n` +
    (commit.message.length > 0 ? '\n' : '');
  const bytes = new Uint8Array(head.length + commit.message.length);
  bytes.set(encodeAscii(head));
  bytes.set(commit.message, head.length);
  return bytes;
}

function encodePerson(person: Person): string {
  const { name, email, seconds, zone } = person;
  return `${decodeLatin1(name)} <${decodeLatin1(email)}> ${seconds} ${zone}`;
}

function decodePerson(value: Uint8Array, offset: number): Person {
  const person = value.length > MAX_PERSON_LENGTH ? undefined : parsePerson(decodeLatin1(value));
  if (person !== undefined) return person;
  throw new FormatError('BAD_COMMIT', 'a line that names nobody', { offset });
}

/**
 * `NAME <EMAIL> SECONDS ZONE`, as lenient as git: old commits lack the time, or have brackets inside an
 * address. Without an expression, which would cost a guest's boot a twentieth.
 */
function parsePerson(text: string): Person | undefined {
  const open = text.indexOf('<');
  const close = text.lastIndexOf('>');
  if (open === -1 || close < open) return undefined;
  const name = text.slice(0, text[open - 1] === ' ' ? open - 1 : open);
  const email = text.slice(open + 1, close);
  if (email.includes('\r')) return undefined;
  const who = { name: encodeAscii(name), email: encodeAscii(email) };
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  if (end <= close + 1) return { ...who, seconds: 0, zone: '+0000' };
  const [gap, seconds = '', zone = '', ...more] = text.slice(close + 1, end).split(' ');
  const isNegative = seconds[0] === '-';
  const isSigned = zone[0] === '+' || zone[0] === '-';
  if (gap !== '' || more.length > 0 || !isSigned) return undefined;
  if (!isNumber(seconds, isNegative ? 1 : 0, 15) || !isNumber(zone, 1, 6)) return undefined;
  return { ...who, seconds: Number(seconds), zone };
}

/** Whether `text` is decimal digits from `start` on: one or more, `most` at most. */
function isNumber(text: string, start: number, most: number): boolean {
  const count = text.length - start;
  if (count < 1 || count > most) return false;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

function decodeHexOid(value: Uint8Array, offset: number): Oid {
  const oid = value.length === 40 ? parseOid(decodeLatin1(value)) : undefined;
  if (oid === undefined) throw new FormatError('BAD_COMMIT', 'a line without an id', { offset });
  return oid;
}
