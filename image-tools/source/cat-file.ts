import type { Readable, Writable } from 'node:stream';
import { decodeLatin1 } from '#format';
import { ToolError } from '../base/errors.ts';
import { type GitClient, GitError, StreamEnded } from './git-client.ts';

/** Ids that are sent to git before its answers are read. */
const BATCH = 512;
/** Longest line before an object, in bytes: an id, a type and a size. */
const MAX_HEADER = 128;
const NEWLINE = 0x0a;
const HEADER = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d{1,15})$/;

/** An object as git tells of it. */
export interface ObjectInfo {
  readonly oid: string;
  readonly type: string;
  /** Bytes of its content. */
  readonly size: number;
}

/** Gives the next id to ask for; undefined if there is none yet: an answer may bring more. */
export type NextId = () => string | undefined;

/**
 * Asks git for the type and size of each object that `next` names, in that order.
 * @throws GitError (a missing object is named), ToolError LIMIT, and what `visit` throws
 */
export function inspectObjects(
  git: GitClient,
  next: NextId,
  visit: (info: ObjectInfo) => void,
): Promise<void> {
  return git.converse(['cat-file', '--batch-check'], (stdin, stdout) =>
    inBatches(stdin, new PipeReader(stdout), next, async (reader) => {
      visit(parseHeader(await reader.line()));
    }),
  );
}

/**
 * Reads the objects that `next` names, in that order; what `visit` is told may make it name more. A content
 * is borrowed for the call.
 * @throws as `inspectObjects`; ToolError LIMIT for one of more than `maxSize` bytes
 */
export function readObjects(
  git: GitClient,
  next: NextId,
  maxSize: number,
  visit: (content: Uint8Array, info: ObjectInfo) => void,
): Promise<void> {
  return git.converse(['cat-file', '--batch'], (stdin, stdout) =>
    inBatches(stdin, new PipeReader(stdout), next, async (reader) => {
      const info = parseHeader(await reader.line());
      const { oid, type, size } = info;
      if (size > maxSize) {
        throw new ToolError(
          'LIMIT',
          `${type} ${oid} has ${size} bytes, at most ${maxSize} allowed`,
        );
      }
      const content = await reader.take(size + 1);
      visit(content.subarray(0, size), info);
    }),
  );
}

async function inBatches(
  stdin: Writable,
  reader: PipeReader,
  next: NextId,
  readAnswer: (reader: PipeReader) => Promise<void>,
): Promise<void> {
  for (;;) {
    const batch: string[] = [];
    while (batch.length < BATCH) {
      const id = next();
      if (id === undefined) break;
      batch.push(id);
    }
    if (batch.length === 0) return;
    stdin.write(`${batch.join('\n')}\n`);
    for (let left = batch.length; left > 0; left--) await readAnswer(reader);
  }
}

function parseHeader(line: string): ObjectInfo {
  const missing = /^([0-9a-f]{40}) missing$/.exec(line)?.[1];
  if (missing !== undefined) throw new GitError(`object ${missing} is missing`);
  const [, oid = '', type = '', size] = HEADER.exec(line) ?? [];
  if (oid === '') throw new GitError(`unexpected output of git cat-file: ${line}`);
  return { oid, type, size: Number(size) };
}

/** Bytes of a pipe, as many as are asked for at a time. */
class PipeReader {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: Readable) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** The bytes up to the next newline, each as one character; the newline is taken too. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end > MAX_HEADER || (end === -1 && this.#rest.length > MAX_HEADER)) {
        throw new GitError('cat-file says a line too long');
      }
      if (end === -1) await this.#more(1);
      else return decodeLatin1((await this.take(end + 1)).subarray(0, end));
    }
  }

  /** The next `size` bytes, borrowed until the next call. */
  async take(size: number): Promise<Uint8Array> {
    if (this.#rest.length < size) await this.#more(size - this.#rest.length);
    const taken = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return taken;
  }

  async #more(least: number): Promise<void> {
    const pieces = [this.#rest];
    for (let got = 0; got < least; ) {
      const { value, done } = await this.#pieces.next();
      if (done) throw new StreamEnded();
      pieces.push(value);
      got += value.length;
    }
    this.#rest = Buffer.concat(pieces);
  }
}
