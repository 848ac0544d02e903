import { oidToHex } from '#format';
import type { FileSystem, TreeNode } from '../../reader/index.ts';
import { BodyCache } from './body-cache.ts';
import { checkConditions, type HeaderOf, type Part, parseRange } from './conditions.ts';
import { accepts, type Coding } from './encodings.ts';
import { listingPage } from './listing.ts';
import type { CheckedOptions } from './site-options.ts';
import { BAD_PATH, encodePath, hasDotName, parseTarget } from './site-path.ts';
import type { StoredStreams } from './stored-streams.ts';

/** A request, whatever server it came by. */
export interface SiteRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly header: HeaderOf;
}

/** A large body, which is read in parts: bytes `from` to `to` of the file. */
export interface LargeBody extends Part {
  read(offset: number, length: number): Uint8Array;
}

/** The answer to a request. Names of headers are in small letters. */
export interface SiteResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** None for HEAD and where there is none; bytes are not to be written into. */
  readonly body: Uint8Array | LargeBody | undefined;
}

/** What an address leads to. */
interface Resource {
  readonly node: TreeNode;
  readonly size: number;
  /** Hexadecimal id of the blob, which is what it is known by. */
  readonly id: string;
  readonly type: string;
  readonly isText: boolean;
  readonly path: string;
  /** Files beside it that hold the same, compressed by whoever built the site. */
  readonly siblings: readonly {
    readonly coding: Coding;
    readonly node: TreeNode;
    readonly id: string;
  }[];
}

/** What is found for an address: a file, an address to go to, a page of the site's own, or nothing. */
type Found =
  | { readonly resource: Resource; readonly status: 200 | 404 }
  | { readonly location: string }
  | { readonly listing: string }
  | undefined;

/** Addresses whose file is known; some 300 bytes each. */
const MAX_FOUND = 20_000;
/** Larger files are sent in parts, and not kept. */
const LARGE = 1 << 20;
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

/** What a site is made of beside its image, by where it runs. */
interface SiteParts {
  /** The Content-Type of a file's name. */
  typeOf(name: string): string;
  /** None where files may not be sent as they are stored, as where all is checked. */
  readonly stored: StoredStreams | undefined;
}

/**
 * Answers requests out of an image. A call that throws because bytes are missing can be made again: nothing of it
 * stays.
 */
export class Site {
  readonly #fs: FileSystem;
  readonly #options: CheckedOptions;
  readonly #typeOf: SiteParts['typeOf'];
  readonly #stored: StoredStreams | undefined;
  readonly #bodies: BodyCache;
  readonly #found = new Map<string, Found>();
  readonly #lastModified: number;
  readonly #lastModifiedText: string;

  constructor(fs: FileSystem, options: CheckedOptions, { typeOf, stored }: SiteParts) {
    this.#fs = fs;
    this.#options = options;
    this.#typeOf = typeOf;
    this.#stored = stored;
    this.#bodies = new BodyCache(options.cacheBytes);
    this.#lastModified = fs.nodes.lastModified;
    this.#lastModifiedText = new Date(this.#lastModified * 1000).toUTCString();
  }

  /** Never throws for what a client sends; FormatError where the image is damaged. */
  answer(request: SiteRequest): SiteResponse {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return this.#text(405, 'Method Not Allowed', method, { allow: 'GET, HEAD' });
    }
    const target = parseTarget(request.target);
    if (target === BAD_PATH) return this.#text(400, 'Bad Request', method);
    const { prefix } = this.#options;
    const { path, query } = target;
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return this.#notFound(request);
    if (path === prefix && prefix !== '') return this.#redirect(`${prefix}/`, query, method);
    const found = this.#find(path.slice(prefix.length));
    if (found === undefined) return this.#notFound(request);
    if ('location' in found) return this.#redirect(prefix + found.location, query, method);
    if ('listing' in found) return this.#list(found.listing, request);
    return this.#send(found.resource, found.status, request);
  }

  #find(path: string): Found {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const found = this.#look(path);
    if (found === undefined) return undefined;
    if (this.#found.size >= MAX_FOUND) this.#found.clear();
    this.#found.set(path, found);
    return found;
  }

  #look(path: string): Found {
    const { dotfiles, cleanUrls, index, listing } = this.#options;
    if (!dotfiles && hasDotName(path)) return undefined;
    const bare = path.replace(/\/$/, '');
    const isFolder = path.endsWith('/');
    const kind = this.#kind(bare);
    if (kind === 'directory') {
      if (!isFolder) return { location: `${path}/` };
      const name = index.find((name) => this.#kind(`${bare}/${name}`) === 'file');
      if (name !== undefined) return this.#resource(`${bare}/${name}`);
      return listing ? { listing: path } : undefined;
    }
    if (kind === 'file' && !isFolder) {
      const isClean = cleanUrls && path.endsWith('.html');
      if (!isClean) return this.#resource(path);
      const short = path.slice(0, -'.html'.length);
      const isIndex = index.some((name) => path.endsWith(`/${name}`));
      return { location: isIndex ? path.slice(0, path.lastIndexOf('/') + 1) : short };
    }
    if (cleanUrls && !isFolder && this.#kind(`${path}.html`) === 'file') {
      return this.#resource(`${path}.html`);
    }
    return undefined;
  }

  #kind(path: string): 'file' | 'directory' | undefined {
    const kind = this.#fs.exists(this.#options.root + path);
    if (kind === 'directory') return kind;
    return kind === 'file' || kind === 'executable' ? 'file' : undefined;
  }

  #resource(path: string): { readonly resource: Resource; readonly status: 200 } {
    const { nodes } = this.#fs;
    const node = nodes.find(this.#options.root + path);
    const type = this.#typeOf(path.slice(path.lastIndexOf('/') + 1));
    const isText = type.startsWith('text/') || OTHER_TEXT.test(type);
    const siblings = SIBLINGS.flatMap(([coding, ending]) => {
      if (!isText || this.#kind(path + ending) !== 'file') return [];
      const sibling = nodes.find(this.#options.root + path + ending);
      return [{ coding, node: sibling, id: oidToHex(nodes.id(sibling)) }];
    });
    const id = oidToHex(nodes.id(node));
    const size = nodes.size(node);
    return { resource: { node, size, id, type, isText, path, siblings }, status: 200 };
  }

  #send(resource: Resource, status: 200 | 404, { method, header }: SiteRequest): SiteResponse {
    const { id, type, isText, path } = resource;
    const etag = `"${id}"`;
    const headers: Record<string, string> = {
      ...this.#options.headers,
      'content-type': type,
      etag,
      'last-modified': this.#lastModifiedText,
      'accept-ranges': 'bytes',
    };
    const cacheControl = this.#options.cacheControlOf(path);
    if (cacheControl !== undefined) headers['cache-control'] = cacheControl;
    if (isText) headers.vary = 'Accept-Encoding';
    const validators = { etag, lastModified: this.#lastModified };
    const encoded = this.#choose(resource, header);
    if (encoded !== undefined) headers.etag = etagOf(id, encoded.coding);
    if (status === 200) {
      const etags = [etag, ...CODINGS.map((coding) => etagOf(id, coding))];
      const outcome = checkConditions(header, validators, etags);
      if (outcome === 304) {
        const { 'content-type': _type, 'accept-ranges': _ranges, ...rest } = headers;
        return { status: 304, headers: rest, body: undefined };
      }
      if (outcome === 412) return this.#text(412, 'Precondition Failed', method);
      const part = method === 'GET' ? parseRange(header, resource.size, validators) : undefined;
      if (part === 'unsatisfiable') {
        const range = { 'content-range': `bytes */${resource.size}` };
        return this.#text(416, 'Range Not Satisfiable', method, range);
      }
      if (part !== undefined) {
        headers.etag = etag;
        headers['content-range'] = `bytes ${part.from}-${part.to - 1}/${resource.size}`;
        headers['content-length'] = String(part.to - part.from);
        return { status: 206, headers, body: this.#part(resource.node, part) };
      }
    }
    if (encoded !== undefined) {
      headers['content-encoding'] = encoded.coding;
      headers['content-length'] = String(encoded.size);
      const body = method === 'HEAD' ? undefined : encoded.body();
      return { status, headers, body };
    }
    headers['content-length'] = String(resource.size);
    const whole = { from: 0, to: resource.size };
    const body = method === 'HEAD' ? undefined : this.#whole(resource.node, id, whole);
    return { status, headers, body };
  }

  /** The body in the best coding that is at hand and that the client takes. */
  #choose(
    { node, size, id, isText, siblings }: Resource,
    header: HeaderOf,
  ):
    | { readonly coding: Coding; readonly size: number; body(): Uint8Array | LargeBody }
    | undefined {
    if (!isText || header('range') !== undefined) return undefined;
    const asked = header('accept-encoding');
    for (const { coding, node: sibling, id: siblingId } of siblings) {
      if (!accepts(asked, coding)) continue;
      const bytes = this.#fs.nodes.size(sibling);
      const body = () => this.#whole(sibling, siblingId, { from: 0, to: bytes });
      return { coding, size: bytes, body };
    }
    const stored = this.#stored;
    if (stored === undefined || size < MIN_COMPRESSED) return undefined;
    for (const coding of ['deflate', 'gzip'] as const) {
      if (!accepts(asked, coding)) continue;
      const place = this.#fs.nodes.place(node);
      const bytes = stored.size(place, coding);
      if (bytes === undefined || bytes >= size) return undefined;
      const body = () => this.#bodies.get(`${id} ${coding}`, () => stored.read(place, coding));
      return { coding, size: bytes, body };
    }
    return undefined;
  }

  #whole(node: TreeNode, id: string, whole: Part): Uint8Array | LargeBody {
    if (whole.to > LARGE) return this.#part(node, whole);
    return this.#bodies.get(id, () => this.#fs.nodes.read(node));
  }

  #part(node: TreeNode, part: Part): Uint8Array | LargeBody {
    const { nodes } = this.#fs;
    if (part.to - part.from <= LARGE) return nodes.read(node, part.from, part.to - part.from);
    return { ...part, read: (offset, length) => nodes.read(node, offset, length) };
  }

  #notFound(request: SiteRequest): SiteResponse {
    const { fallback, notFound } = this.#options;
    const wantsPage = /text\/html|\*\/\*/.test(request.header('accept') ?? '*/*');
    if (fallback !== undefined && wantsPage && this.#kind(fallback) === 'file') {
      return this.#send(this.#resource(fallback).resource, 200, request);
    }
    if (this.#kind(notFound) === 'file') {
      return this.#send(this.#resource(notFound).resource, 404, request);
    }
    return this.#text(404, 'Not Found', request.method);
  }

  #redirect(path: string, query: string, method: string): SiteResponse {
    const location = encodePath(path) + query;
    return this.#text(301, 'Moved Permanently', method, { location });
  }

  #list(path: string, { method, header }: SiteRequest): SiteResponse {
    const id = oidToHex(this.#fs.digest(this.#options.root + path));
    const etag = `"${id}-list"`;
    if (checkConditions(header, { etag, lastModified: this.#lastModified }) === 304) {
      return { status: 304, headers: { ...this.#options.headers, etag }, body: undefined };
    }
    const entries = this.#fs
      .list(this.#options.root + path)
      .filter(({ name }) => this.#options.dotfiles || !hasDotName(name));
    const body = UTF8.encode(listingPage(this.#options.prefix + path, entries));
    const headers = {
      ...this.#options.headers,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(body.length),
      etag,
    };
    return { status: 200, headers, body: method === 'HEAD' ? undefined : body };
  }

  #text(
    status: number,
    words: string,
    method: string,
    more: Readonly<Record<string, string>> = {},
  ): SiteResponse {
    const body = UTF8.encode(`${words}\n`);
    const headers = {
      ...this.#options.headers,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(body.length),
      ...more,
    };
    return { status, headers, body: method === 'HEAD' ? undefined : body };
  }
}

const CODINGS: readonly Coding[] = ['br', 'zstd', 'gzip', 'deflate'];

/** Every coding of a file is a representation of its own, with its own ETag. */
function etagOf(id: string, coding: Coding): string {
  return `"${id}-${coding}"`;
}
