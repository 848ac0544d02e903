import { type Readable, Transform, type TransformCallback } from 'node:stream';
import * as zlib from 'node:zlib';
import { extract, type Headers } from 'tar-stream';
import { ToolError } from '../../base/errors.ts';
import type { Budget } from './budget.ts';
import { type ArchiveEntry, refused, unsound } from './entry.ts';

/** The first bytes of what compresses tars. */
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const OTHERS: readonly (readonly [name: string, command: string, magic: Buffer])[] = [
  ['xz', 'xz -dc', Buffer.from('\xfd7zXZ\0', 'latin1')],
  ['bzip2', 'bzip2 -dc', Buffer.from('BZh')],
  ['lz4', 'lz4 -dc', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
  ['lzip', 'lzip -dc', Buffer.from('LZIP')],
];

/** Whether a file that begins with `head`, 512 bytes or less, is a tar, or a compressed one. */
export function isTar(head: Uint8Array): boolean {
  const known = [GZIP, ZSTD, ...OTHERS.map(([, , magic]) => magic)];
  return known.some((magic) => startsWith(head, magic)) || hasTarHeader(head);
}

/** A header's checksum is right: old tars have no magic. All zeros are a tar of nothing. */
function hasTarHeader(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  if (head.every((byte) => byte === 0)) return true;
  const sum = head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  const text = Buffer.from(head.subarray(148, 156)).toString('latin1');
  return Number.parseInt(text.replace(/[ \0]+/g, ' ').trim(), 8) === sum;
}

/**
 * The entries of a tar, in its order. It may be compressed by anything that Node decompresses.
 * @throws ToolError REFUSED if it is not a tar, or compressed in another way; LIMIT
 */
export async function* readTar(
  source: Readable,
  head: Uint8Array,
  budget: Budget,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const counted = source.pipe(counter((bytes) => budget.read(bytes)));
  const unpacker = decompressor(head);
  const plain = unpacker === undefined ? counted : counted.pipe(unpacker);
  const bounded = plain.pipe(counter((bytes) => budget.make(bytes)));
  const tar = extract({ filenameEncoding: 'latin1', allowUnknownFormat: true });
  bounded.pipe(tar);
  // pipe() does not hand errors on.
  for (const stream of [source, counted, plain, bounded]) {
    stream.once('error', (error) => tar.destroy(error));
  }
  try {
    for await (const stream of tar) {
      budget.addEntry();
      const entry = entryOf(stream.header as Headers);
      yield {
        ...entry,
        content: entry.kind === 'file' ? (stream as unknown as Readable) : undefined,
      };
      stream.resume();
    }
  } catch (error) {
    throw unsound(error);
  } finally {
    source.destroy();
  }
}

const TYPES: Readonly<Record<string, ArchiveEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'hard link',
};

const WORDS: Readonly<Record<string, string>> = {
  fifo: 'a FIFO',
  'character-device': 'a device',
  'block-device': 'a device',
};

type TarHeader = Headers & { readonly pax?: Record<string, string> | null };

function entryOf(header: TarHeader): Omit<ArchiveEntry, 'content'> {
  const { pax, type, mode = 0, size = 0 } = header;
  const name = bytesOf(header.name, pax?.path);
  const kind = TYPES[`${type}`] ?? 'other';
  if (pax && Object.keys(pax).some((key) => key.startsWith('GNU.sparse.'))) {
    throw refused(name, 'a sparse file of GNU tar: make the archive without --sparse');
  }
  if (kind === 'other' && WORDS[`${type}`] === undefined) {
    throw refused(name, 'an entry of a kind that is not known: a sparse file, or part of a dump');
  }
  return {
    kind,
    name,
    executable: (mode & 0o100) !== 0,
    target: bytesOf(header.linkname ?? '', pax?.linkpath),
    size,
    ...(kind === 'other' ? { words: WORDS[`${type}`] as string } : {}),
  };
}

/** Names in pax records are UTF-8, and come decoded; all others are bytes. */
function bytesOf(name: string, pax: string | undefined): string {
  if (pax !== name) return name;
  if (name.includes('\ufffd')) throw refused(name, 'a name in a pax record that is not UTF-8');
  return Buffer.from(name).toString('latin1');
}

function decompressor(head: Uint8Array): Transform | undefined {
  if (startsWith(head, GZIP)) return zlib.createGunzip();
  if (startsWith(head, ZSTD)) {
    if ('createZstdDecompress' in zlib) return zlib.createZstdDecompress();
    const words = 'zstd needs Node.js 22.15 or 23.8; or use zstd -dc FILE | docteur.make - IMAGE';
    throw new ToolError('UNAVAILABLE', words);
  }
  for (const [name, command, magic] of OTHERS) {
    if (!startsWith(head, magic)) continue;
    throw new ToolError(
      'REFUSED',
      `compressed with ${name}: use ${command} FILE | docteur.make - IMAGE`,
    );
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, magic.length), magic) === 0;
}

/** Passes all on, and tells how many bytes; what that throws ends it. */
function counter(count: (bytes: number) => void): Transform {
  return new Transform({
    transform(piece: Buffer, _encoding: string, done: TransformCallback) {
      try {
        count(piece.length);
        done(null, piece);
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
