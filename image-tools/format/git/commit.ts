import { FormatError } from '../base/errors.ts';
import { copyRange, decodeLatin1, encodeAscii } from '../bytes/bytes.ts';
import { type Oid, oidToHex, parseOid } from './oid.ts';

/** Who wrote or committed, and when. Texts are bytes: nothing says that they are UTF-8. */
export interface Person {
  readonly name: Uint8Array;
  readonly email: Uint8Array;
  /** Seconds since 1970; negative before; 0 where the line has no time, or one beyond 15 digits. */
  readonly seconds: number;
  /** Offset of the person's clock from UTC, as written: `+hhmm` or `-hhmm`; `+0000` where it is none. */
  readonly zone: string;
}

/** The parts of a commit that are used here; see {@link decodeCommit}. */
export interface Commit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Person;
  readonly committer: Person;
  /** Everything after the empty line that ends the headers; empty if that line is missing. */
  readonly message: Uint8Array;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
/** Longest value of an author's or a committer's line, in bytes. */
export const MAX_PERSON_LENGTH = 4096;
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
 * The content of a commit. Without a message the object ends after the committer's line, as the
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
  if (value.length <= MAX_PERSON_LENGTH) return parsePerson(decodeLatin1(value));
  const words = `an author or committer of ${value.length} bytes: at most ${MAX_PERSON_LENGTH}`;
  throw new FormatError('BAD_COMMIT', words, { offset });
}

/**
 * `NAME <EMAIL> SECONDS ZONE`, as lenient as git: old imports and faulty clients left all else too, and
 * what such a line lacks is empty, or 0, or `+0000`. Without an expression, which would cost a guest's
 * boot a twentieth.
 */
function parsePerson(text: string): Person {
  const open = text.indexOf('<');
  const close = text.lastIndexOf('>');
  const who = open === -1 ? text : text.slice(0, text[open - 1] === ' ' ? open - 1 : open);
  // An address that never ends ends with its line.
  const email = open === -1 ? '' : text.slice(open + 1, close > open ? close : text.length);
  const date = close > open && open !== -1 ? parseDate(text, close + 1) : NO_DATE;
  return { name: encodeAscii(who), email: encodeAscii(email), ...date };
}

const NO_DATE = { seconds: 0, zone: '+0000' };
/** A number of seconds with at most this many digits is a safe integer. */
const MAX_SECONDS_DIGITS = 15;
const MAX_ZONE_DIGITS = 6;

/** The date in `text` from `start` on, after spaces; parts that are not numbers are left out. */
function parseDate(text: string, start: number): Pick<Person, 'seconds' | 'zone'> {
  const at = skipSpaces(text, start);
  const digits = text[at] === '-' ? at + 1 : at;
  const end = skipDigits(text, digits);
  const isNumber = end > digits && end - digits <= MAX_SECONDS_DIGITS && isEndOfWord(text, end);
  const zone = skipSpaces(text, end);
  const zoneEnd = skipDigits(text, zone + 1);
  const isSigned = text[zone] === '+' || text[zone] === '-';
  const isZone = isSigned && zoneEnd > zone + 1 && zoneEnd - zone - 1 <= MAX_ZONE_DIGITS;
  return {
    seconds: isNumber ? Number(text.slice(at, end)) : NO_DATE.seconds,
    zone:
      isNumber && isZone && isEndOfWord(text, zoneEnd) ? text.slice(zone, zoneEnd) : NO_DATE.zone,
  };
}

function skipSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at += 1;
  return at;
}

function skipDigits(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; ) code = text.charCodeAt(++at);
  return at;
}

function isEndOfWord(text: string, at: number): boolean {
  return at >= text.length || text[at] === ' ';
}

function decodeHexOid(value: Uint8Array, offset: number): Oid {
  const oid = value.length === 40 ? parseOid(decodeLatin1(value)) : undefined;
  if (oid === undefined) throw new FormatError('BAD_COMMIT', 'a line without an id', { offset });
  return oid;
}
