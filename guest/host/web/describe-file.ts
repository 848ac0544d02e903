import { FormatError, oidToHex } from '#format';
import type { FileSystem, TreeNode } from '../../reader/index.ts';
import { CODINGS, type Coding } from './encodings.ts';
import type { Representation, Resource, Sibling } from './resource.ts';
import type { CheckedOptions } from './site-options.ts';
import type { ReadBody, SiteHeaders } from './site-response.ts';
import type { StoredStreams } from './stored-streams.ts';

/** What files are sent out of. */
export interface Sources {
  readonly fs: FileSystem;
  /** The Content-Type of a file's name. */
  typeOf(name: string): string;
  /** None where files may not be sent as they are stored, as where all is checked. */
  readonly stored: StoredStreams | undefined;
  readonly options: CheckedOptions;
}

/** Larger files are not read as a whole: the reader would keep nothing else. */
const WHOLE_BYTES = 1 << 20;
/** Smaller ones are not worth compressing. */
const MIN_COMPRESSED = 256;
const SIBLINGS: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
];
const OTHER_TEXT =
  /^(application|image)\/.*(json|xml|javascript|wasm|manifest|x-sh|rtf|font)|^font\/(ttf|otf)|^image\/(bmp|x-icon|vnd\.microsoft)/;

const UTF8 = new TextEncoder();

/** All about a file that is there: how it is sent, in each coding. */
export function describeFile(sources: Sources, path: string): Resource {
  const { fs, options } = sources;
  const { nodes } = fs;
  const node = nodes.find(options.root + path);
  const size = nodes.size(node);
  const id = oidToHex(nodes.id(node));
  const etag = `"${id}"`;
  const type = sources.typeOf(path.slice(path.lastIndexOf('/') + 1));
  const isText = type.startsWith('text/') || OTHER_TEXT.test(type);
  const cacheControl = options.cacheControlOf(path);
  const headersOf = (bytes: number, coding?: Coding): SiteHeaders =>
    Object.freeze({
      ...options.headers,
      'content-type': type,
      etag: etagOf(id, coding),
      'last-modified': new Date(nodes.lastModified * 1000).toUTCString(),
      'accept-ranges': 'bytes',
      ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
      ...(isText && { vary: 'Accept-Encoding' }),
      ...(coding !== undefined && { 'content-encoding': coding }),
      'content-length': String(bytes),
    });
  const represent = (
    bytes: number,
    coding: Coding | undefined,
    fill: ReadBody['fill'],
  ): Representation => ({
    coding,
    etag: etagOf(id, coding),
    headers: headersOf(bytes, coding),
    body: { from: 0, to: bytes, fill },
  });

  function encoded(): readonly Representation[] {
    if (!isText) return [];
    const ready = siblingsOf(fs, options.root + path).map(({ coding, node: sibling }) => {
      const bytes = nodes.size(sibling);
      return represent(bytes, coding, filler(fs, sibling, bytes));
    });
    const { stored } = sources;
    if (stored === undefined || size < MIN_COMPRESSED) return ready;
    const place = nodes.place(node);
    for (const coding of ['deflate', 'gzip'] as const) {
      const bytes = stored.size(place, coding);
      if (bytes === undefined || bytes >= size) continue;
      const fill = (into: Uint8Array, offset: number) => stored.fill(place, coding, into, offset);
      ready.push(represent(bytes, coding, fill));
    }
    return ready;
  }

  let coded: readonly Representation[] | undefined;
  return {
    path,
    size,
    validators: { etag, lastModified: nodes.lastModified },
    etags: [etag, ...CODINGS.map((coding) => etagOf(id, coding))],
    plain: represent(size, undefined, filler(fs, node, size)),
    coded: () => {
      coded ??= encoded();
      return coded;
    },
    part: (part) => ({ ...part, fill: filler(fs, node, size) }),
  };
}

/**
 * Reads a file into others' memory, and all of it: what is left there might be somebody else's.
 * @param size bytes of the file
 */
function filler({ nodes }: FileSystem, node: TreeNode, size: number): ReadBody['fill'] {
  return (into, offset) => {
    const isWhole = into.length === size && size <= WHOLE_BYTES;
    const bytes = isWhole ? nodes.view(node) : nodes.view(node, offset, into.length);
    if (bytes.length !== into.length) {
      throw new FormatError('TRUNCATED', `${bytes.length} bytes, where ${into.length} are meant`);
    }
    into.set(bytes);
  };
}

/** By entries of the folder, since most files have none: a path that is not there is an error to the reader. */
function siblingsOf(fs: FileSystem, path: string): Sibling[] {
  const { nodes } = fs;
  const slash = path.lastIndexOf('/');
  const folder = nodes.find(path.slice(0, slash));
  return SIBLINGS.flatMap(([coding, ending]) => {
    const child = nodes.child(folder, UTF8.encode(path.slice(slash + 1) + ending));
    if (child === undefined) return [];
    const isLink = nodes.kind(child) === 'link';
    const kind = isLink ? fs.exists(path + ending) : nodes.kind(child);
    if (kind !== 'file' && kind !== 'executable') return [];
    return [{ coding, node: isLink ? nodes.find(path + ending) : child }];
  });
}

/** Every coding of a file is a representation of its own, with its own ETag. */
function etagOf(id: string, coding: Coding | undefined): string {
  return coding === undefined ? `"${id}"` : `"${id}-${coding}"`;
}
