import { Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, open, type ZipFile } from 'yauzl';
import type { Budget } from './budget.ts';
import { type ArchiveEntry, refused, unsound } from './entry.ts';

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const EMPTY = Buffer.from('PK\x05\x06', 'latin1');
/** Systems that made an entry. */
const UNIX = 3;
const TYPE_BITS = 0o170000;
const LINK_BITS = 0o120000;
const FILE_BITS = 0o100000;
const FOLDER_BITS = 0o040000;
/** Longest target of a link, in bytes. */
const MAX_TARGET = 4096;

/** Whether a file that begins with `head` is a zip. */
export function isZip(head: Uint8Array): boolean {
  return [LOCAL, EMPTY].some((magic) => Buffer.compare(head.subarray(0, 4), magic) === 0);
}

/**
 * The entries of the zip file at `path`, in the order of its directory; contents are checked against their
 * sizes and CRCs. @throws ToolError REFUSED, LIMIT
 */
export async function* readZip(
  path: string,
  budget: Budget,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const zip = await guarded(
    new Promise<ZipFile>((resolve, reject) => {
      const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
      open(path, options, (error, zip) => (error ? reject(error) : resolve(zip)));
    }),
  );
  budget.read(zip.fileSize);
  try {
    for (;;) {
      const entry = await guarded(nextEntry(zip));
      if (entry === undefined) return;
      budget.addEntry();
      yield await read(zip, entry, budget);
    }
  } finally {
    zip.close();
  }
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const done = (finish: () => void) => {
      zip.removeAllListeners();
      finish();
    };
    zip.once('entry', (entry: Entry) => done(() => resolve(entry)));
    zip.once('end', () => done(() => resolve(undefined)));
    zip.once('error', (error) => done(() => reject(error)));
    zip.readEntry();
  });
}

async function read(zip: ZipFile, entry: Entry, budget: Budget): Promise<ArchiveEntry> {
  const system = entry.versionMadeBy >>> 8;
  const raw = (entry.fileName as unknown as Buffer).toString('latin1');
  const name = system === UNIX ? raw : raw.replaceAll('\\', '/');
  const mode = system === UNIX ? entry.externalFileAttributes >>> 16 : 0;
  const common = {
    name,
    executable: (mode & 0o100) !== 0,
    target: '',
    size: entry.uncompressedSize,
  };
  if ((entry.generalPurposeBitFlag & 1) !== 0) throw refused(name, 'it is encrypted');
  if (name.endsWith('/') || (mode & TYPE_BITS) === FOLDER_BITS) {
    return { ...common, kind: 'folder', content: undefined };
  }
  const type = mode & TYPE_BITS;
  if (type !== 0 && type !== FILE_BITS && type !== LINK_BITS) {
    return { ...common, kind: 'other', words: 'a device, a socket or a FIFO', content: undefined };
  }
  if (type === LINK_BITS && entry.uncompressedSize > MAX_TARGET) {
    throw refused(name, 'the target of a link is too long');
  }
  const content = await contentOf(zip, entry, name, budget);
  if (type !== LINK_BITS) return { ...common, kind: 'file', content };
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece as Buffer);
  const target = Buffer.concat(pieces).toString('latin1');
  return { ...common, kind: 'link', target, content: undefined };
}

async function contentOf(
  zip: ZipFile,
  entry: Entry,
  name: string,
  budget: Budget,
): Promise<Transform> {
  const stream = await guarded(
    new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
    }),
    name,
  );
  let sum = 0;
  const checked = new Transform({
    transform(piece: Buffer, _encoding: string, done: TransformCallback) {
      try {
        budget.make(piece.length);
        sum = crc32(piece, sum);
        done(null, piece);
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      done(sum === entry.crc32 ? null : refused(name, 'its CRC is another'));
    },
  });
  stream.once('error', (error) => checked.destroy(unsound(error, name)));
  return stream.pipe(checked);
}

async function guarded<Value>(promise: Promise<Value>, name?: string): Promise<Value> {
  try {
    return await promise;
  } catch (error) {
    throw unsound(error, name);
  }
}
