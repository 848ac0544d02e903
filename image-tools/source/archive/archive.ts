import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  encodeObjectPrefix,
  hashObject,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_LINK,
  OBJECT_BLOB,
  type Oid,
} from '#format';
import { describeSystemError, ToolError } from '../../base/errors.ts';
import { readHead } from '../../files/file-source.ts';
import { ObjectList } from '../objects.ts';
import { Budget } from './budget.ts';
import { type ArchiveEntry, namesOf, refused, unsound } from './entry.ts';
import { isTar, readTar } from './tar.ts';
import { TreeBuilder } from './tree-builder.ts';
import { isZip, readZip } from './zip.ts';

/** Which archive to read, and how. */
export interface ArchiveOptions {
  /** Path of a tar or a zip; undefined for a tar on stdin. */
  readonly path: string | undefined;
  /** A folder for contents in between, which outlives the list that is given. */
  readonly scratch: string;
  /** Most bytes that it may unpack to; a multiple of its own if undefined. */
  readonly maxSize: number | undefined;
  /** Whether to leave out what stands at a path. */
  readonly exclude: (path: Uint8Array, isFolder: boolean) => boolean;
  /** Called for each entry that cannot be stored and is left out; may throw to refuse it. */
  readonly onSkip: (path: string, reason: string) => void;
  readonly onProgress: (files: number, bytes: number) => void;
}

/** What an archive holds. */
export interface ArchiveScan {
  readonly objects: ObjectList;
  readonly tree: Oid;
  readonly files: number;
  readonly bytes: number;
}

const HEAD_SIZE = 512;

/**
 * Whether the file at `path` is an archive, even if it is compressed in a way that we do not read.
 * @throws ToolError NO_INPUT, IO
 */
export function isArchive(path: string): boolean {
  const head = readHead(path, HEAD_SIZE);
  return isTar(head) || isZip(head);
}

/**
 * Reads an archive once, and gives what packing the unpacked archive would give: later entries win.
 * @throws ToolError REFUSED for entries that lead out of it, and for archives that are damaged or of another
 * kind; LIMIT; IO
 */
export async function scanArchive(options: ArchiveOptions): Promise<ArchiveScan> {
  const { path, scratch, maxSize } = options;
  const budget = new Budget(maxSize);
  const head = path === undefined ? undefined : readHead(path, HEAD_SIZE);
  const entries =
    path !== undefined && head !== undefined && isZip(head)
      ? readZip(path, budget)
      : await openTar(path, head, budget);
  const scanner = new ArchiveScanner(join(scratch, 'contents'), options);
  try {
    for await (const entry of entries) await scanner.add(entry);
    return scanner.finish();
  } catch (error) {
    if (error instanceof ToolError) throw error;
    // The system's own have its call; all others are what the libraries say of the bytes.
    if (error instanceof Error && 'syscall' in error) {
      throw new ToolError('IO', describeSystemError(error), error);
    }
    throw unsound(error);
  } finally {
    scanner.close();
  }
}

async function openTar(path: string | undefined, head: Uint8Array | undefined, budget: Budget) {
  if (path !== undefined && head !== undefined)
    return readTar(createReadStream(path), head, budget);
  const [first, stdin] = await peek(process.stdin);
  if (isTar(first)) return readTar(stdin, first, budget);
  // Its writer may never end.
  process.stdin.destroy();
  throw new ToolError('REFUSED', 'stdin is not a tar, plain or compressed by gzip or zstd');
}

/** The first bytes of a stream, and a stream of all its bytes in its place. */
async function peek(stream: Readable): Promise<[Uint8Array, Readable]> {
  const pieces: Buffer[] = [];
  let length = 0;
  const iterator: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  while (length < HEAD_SIZE) {
    const { value, done } = await iterator.next();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  const first = Buffer.concat(pieces);
  const all = Readable.from(startingWith(first, iterator), { objectMode: false });
  return [first.subarray(0, HEAD_SIZE), all];
}

async function* startingWith(first: Buffer, rest: AsyncIterator<Buffer>) {
  try {
    yield first;
    for (;;) {
      const { value, done } = await rest.next();
      if (done) return;
      yield value;
    }
  } finally {
    // A consumer that stops early ends the stream too.
    await rest.return?.();
  }
}

/** Puts the contents one after the other into a file, and the rest into a tree. */
class ArchiveScanner {
  readonly #options: ArchiveOptions;
  readonly #objects: ObjectList;
  readonly #builder = new TreeBuilder();
  readonly #fd: number;
  /** Where the next content goes. */
  #end = 0;

  constructor(spoolFile: string, options: ArchiveOptions) {
    this.#options = options;
    this.#objects = new ObjectList({ spoolFile });
    this.#fd = openSync(spoolFile, 'wx');
  }

  async add(entry: ArchiveEntry): Promise<void> {
    const { kind, name, target } = entry;
    const names = namesOf(name);
    if (this.#isLeftOut(names, kind === 'folder')) return drain(entry.content);
    switch (kind) {
      case 'folder':
        this.#builder.addFolder(names);
        return;
      case 'file':
        this.#builder.addLeaf(names, await this.#addFile(entry, names));
        break;
      case 'link':
        this.#builder.addLeaf(names, this.#addLink(target, names));
        break;
      case 'hard link':
        this.#builder.addLeaf(names, this.#builder.file(namesOf(target), name));
        break;
      default:
        this.#options.onSkip(`${Buffer.from(name, 'latin1')}`, entry.words ?? 'of no known kind');
    }
    this.#options.onProgress(this.#builder.files, this.#builder.bytes);
  }

  finish(): ArchiveScan {
    const tree = this.#builder.finish(this.#objects);
    const { files, bytes } = this.#builder;
    return { objects: this.#objects, tree, files, bytes };
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Whether an entry is left out as in a folder: excluded by its path or a folder above it, or git's own data. */
  #isLeftOut(names: readonly string[], isFolder: boolean): boolean {
    for (const [i, name] of names.entries()) {
      const isLast = i === names.length - 1;
      const path = Buffer.from(names.slice(0, i + 1).join('/'), 'latin1');
      if (this.#options.exclude(path, !isLast || isFolder)) return true;
      if (name.toLowerCase() !== '.git') continue;
      if (isLast) this.#options.onSkip(path.toString(), "a Git repository's own data");
      return true;
    }
    return false;
  }

  async #addFile({ content, size, name, executable }: ArchiveEntry, names: readonly string[]) {
    const hash = createHash('sha1').update(encodeObjectPrefix(OBJECT_BLOB, size));
    const start = this.#end;
    let at = start;
    for await (const piece of content ?? []) {
      hash.update(piece as Buffer);
      at += writeAll(this.#fd, piece as Buffer, at);
      if (at - start > size) break;
    }
    if (at - start !== size) throw refused(name, `its size is another than the archive says`);
    const oid = hash.digest();
    const before = this.#objects.count;
    const hint = Buffer.from(names.join('/'), 'latin1');
    this.#objects.add(oid, OBJECT_BLOB, size, { kind: 'spool', offset: start }, hint);
    // What is known already is written over by the next one.
    if (this.#objects.count > before) this.#end = at;
    return { mode: executable ? MODE_EXECUTABLE : MODE_FILE, oid, size } as const;
  }

  #addLink(target: string, names: readonly string[]) {
    const content = Buffer.from(target, 'latin1');
    const oid = hashObject(() => createHash('sha1'), OBJECT_BLOB, content);
    const hint = Buffer.from(names.join('/'), 'latin1');
    this.#objects.add(oid, OBJECT_BLOB, content.length, { kind: 'inline', content }, hint);
    return { mode: MODE_LINK, oid, size: 0 } as const;
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): number {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
  return bytes.length;
}

async function drain(content: Readable | undefined): Promise<void> {
  for await (const _ of content ?? []);
}
