import { FormatError, oidToHex } from '#format';
import type { FileSystem, TreeNode } from '../../reader/index.ts';
import type { Part, Validators } from './conditions.ts';
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
  /** The date of the image's commit, in seconds since 1970 and as headers have it. */
  readonly modifiedAt: number;
  readonly lastModified: string;
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
  return new FileResource(sources, path);
}

/** A class and no closures: thousands of them are kept. */
class FileResource implements Resource {
  readonly path: string;
  readonly size: number;
  readonly validators: Validators;
  readonly plain: Representation;
  readonly #sources: Sources;
  readonly #node: TreeNode;
  #coded: readonly Representation[] | undefined;

  constructor(sources: Sources, path: string) {
    const { nodes } = sources.fs;
    const node = nodes.find(sources.options.root + path);
    const size = nodes.size(node);
    const id = oidToHex(nodes.id(node));
    this.path = path;
    this.size = size;
    this.validators = { etag: etagOf(id, undefined), lastModified: sources.modifiedAt };
    this.#sources = sources;
    this.#node = node;
    this.plain = this.#represent(id, size, undefined, filler(sources.fs, node, size));
  }

  etags(): readonly string[] {
    const id = this.#id();
    return [this.validators.etag, ...CODINGS.map((coding) => etagOf(id, coding))];
  }

  coded(): readonly Representation[] {
    this.#coded ??= this.#encoded();
    return this.#coded;
  }

  part(part: Part): ReadBody {
    return { ...part, fill: filler(this.#sources.fs, this.#node, this.size) };
  }

  #id(): string {
    return this.validators.etag.slice(1, -1);
  }

  #encoded(): readonly Representation[] {
    const { fs, options, stored } = this.#sources;
    if (!isText(this.plain.headers['content-type'] as string)) return [];
    const id = this.#id();
    const ready = siblingsOf(fs, options.root + this.path).map(({ coding, node }) => {
      const bytes = fs.nodes.size(node);
      return this.#represent(id, bytes, coding, filler(fs, node, bytes));
    });
    if (stored === undefined || this.size < MIN_COMPRESSED) return ready;
    const place = fs.nodes.place(this.#node);
    for (const coding of ['deflate', 'gzip'] as const) {
      const bytes = stored.size(place, coding);
      if (bytes === undefined || bytes >= this.size) continue;
      const fill = (into: Uint8Array, offset: number) => stored.fill(place, coding, into, offset);
      ready.push(this.#represent(id, bytes, coding, fill));
    }
    return ready;
  }

  #represent(
    id: string,
    bytes: number,
    coding: Coding | undefined,
    fill: ReadBody['fill'],
  ): Representation {
    const { options, typeOf, lastModified } = this.#sources;
    const { path } = this;
    const type = typeOf(path.slice(path.lastIndexOf('/') + 1));
    const cacheControl = options.cacheControlOf(path);
    const headers: SiteHeaders = {
      ...options.headers,
      'content-type': type,
      etag: etagOf(id, coding),
      'last-modified': lastModified,
      'accept-ranges': 'bytes',
      ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
      ...(isText(type) && { vary: 'Accept-Encoding' }),
      ...(coding !== undefined && { 'content-encoding': coding }),
      'content-length': String(bytes),
    };
    return { coding, headers, body: { from: 0, to: bytes, fill } };
  }
}

function isText(type: string): boolean {
  return type.startsWith('text/') || OTHER_TEXT.test(type);
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
