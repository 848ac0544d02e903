import { oidToHex } from '#format';
import type { FileSystem } from '../../reader/index.ts';
import { checkConditions, type HeaderOf, parseRange } from './conditions.ts';
import { describeFile, type Sources } from './describe-file.ts';
import { AcceptedCodings } from './encodings.ts';
import { type Found, FoundAddresses } from './found-addresses.ts';
import { listingPage } from './listing.ts';
import type { Representation, Resource } from './resource.ts';
import { SharedPages } from './shared-pages.ts';
import type { CheckedOptions } from './site-options.ts';
import { BAD_PATH, encodePath, hasDotName, parseTarget } from './site-path.ts';
import type { SiteHeaders, SiteRequest, SiteResponse } from './site-response.ts';

/** What makes a target other than the path that it means, whatever else is true of it. */
const ENCODED = /[%?#\\]/;

const UTF8 = new TextEncoder();

/**
 * Answers requests out of an image. A call that throws because bytes are missing can be made again: nothing of it
 * stays.
 */
export class Site {
  readonly #fs: FileSystem;
  readonly #options: CheckedOptions;
  readonly #addresses: FoundAddresses;
  readonly #accepted = new AcceptedCodings();
  readonly #listings = new SharedPages();
  readonly #lastModified: number;

  /** @param parts what a site is made of beside its image, by where it runs */
  constructor(fs: FileSystem, options: CheckedOptions, parts: Pick<Sources, 'typeOf' | 'stored'>) {
    this.#fs = fs;
    this.#options = options;
    // Any number may stand in a commit: headers have no date before 1970, and must have none to come.
    const now = Math.floor(Date.now() / 1000);
    const modifiedAt = Math.max(0, Math.min(fs.nodes.lastModified, now));
    const lastModified = new Date(modifiedAt * 1000).toUTCString();
    const sources = { fs, options, modifiedAt, lastModified, ...parts };
    this.#addresses = new FoundAddresses(fs, options, (path) => describeFile(sources, path));
    this.#lastModified = modifiedAt;
  }

  /** Never throws for what a client sends; FormatError where the image is damaged. */
  answer(request: SiteRequest): SiteResponse {
    const { method, target } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      return this.#text(405, 'Method Not Allowed', method, { allow: 'GET, HEAD' });
    }
    const { prefix } = this.#options;
    const isPath = prefix === '' && !ENCODED.test(target);
    const known = isPath ? this.#addresses.known(target) : undefined;
    if (known !== undefined) return this.#give(known, '', request);
    const parsed = parseTarget(target);
    if (parsed === BAD_PATH) return this.#text(400, 'Bad Request', method);
    const { path, query } = parsed;
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return this.#notFound(request);
    if (path === prefix && prefix !== '') return this.#redirect(`${prefix}/`, query, method);
    return this.#give(this.#addresses.find(path.slice(prefix.length)), query, request);
  }

  #give(found: Found, query: string, request: SiteRequest): SiteResponse {
    if (found === undefined) return this.#notFound(request);
    if ('resource' in found) return this.#send(found.resource, request);
    if ('listing' in found) return this.#list(found.listing, request);
    return this.#redirect(this.#options.prefix + found.location, query, request.method);
  }

  #send(resource: Resource, { method, header }: SiteRequest): SiteResponse {
    const { size, validators } = resource;
    const chosen = this.#choose(resource, header);
    const outcome = checkConditions(header, validators, () => resource.etags());
    if (outcome === 304) {
      const { headers } = chosen;
      const {
        'content-type': _type,
        'accept-ranges': _ranges,
        'content-encoding': _coding,
        'content-length': _length,
        ...rest
      } = headers;
      return { status: 304, headers: rest, body: undefined };
    }
    if (outcome === 412) return this.#text(412, 'Precondition Failed', method);
    const part = method === 'GET' ? parseRange(header, size, validators) : undefined;
    if (part === 'unsatisfiable') {
      const range = { 'content-range': `bytes */${size}` };
      return this.#text(416, 'Range Not Satisfiable', method, range);
    }
    if (part !== undefined) {
      const { headers } = resource.plain;
      const range = {
        'content-range': `bytes ${part.from}-${part.to - 1}/${size}`,
        'content-length': String(part.to - part.from),
      };
      return { status: 206, headers: { ...headers, ...range }, body: resource.part(part) };
    }
    return whole(200, chosen, method);
  }

  /** The best coding that is at hand and that the client takes; of a part, there is only the file as it is. */
  #choose(resource: Resource, header: HeaderOf): Representation {
    const asked = header('accept-encoding');
    if (asked === undefined || header('range') !== undefined) return resource.plain;
    const accepted = this.#accepted.of(asked);
    if (accepted.size === 0) return resource.plain;
    const coded = resource.coded();
    return coded.find(({ coding }) => coding && accepted.has(coding)) ?? resource.plain;
  }

  #notFound(request: SiteRequest): SiteResponse {
    const { fallback, notFound } = this.#options;
    const { method, header } = request;
    const wantsPage = /text\/html|\*\/\*/.test(header('accept') ?? '*/*');
    const page = fallback !== undefined && wantsPage ? this.#addresses.page(fallback) : undefined;
    if (page !== undefined) return this.#send(page, request);
    const missing = this.#addresses.page(notFound);
    if (missing !== undefined) return whole(404, this.#choose(missing, header), method);
    return this.#text(404, 'Not Found', method);
  }

  #redirect(path: string, query: string, method: string): SiteResponse {
    return this.moved(encodePath(path) + query, method);
  }

  /** @param location as it is sent */
  moved(location: string, method: string): SiteResponse {
    return this.#text(301, 'Moved Permanently', method, { location });
  }

  #list(path: string, { method, header }: SiteRequest): SiteResponse {
    const id = oidToHex(this.#fs.digest(this.#options.root + path));
    const etag = `"${id}-list"`;
    if (checkConditions(header, { etag, lastModified: this.#lastModified }) === 304) {
      return { status: 304, headers: { ...this.#options.headers, etag }, body: undefined };
    }
    const body = this.#listings.get(path, () => {
      const entries = this.#fs
        .list(this.#options.root + path)
        .filter(({ name }) => this.#options.dotfiles || !hasDotName(name));
      return UTF8.encode(listingPage(this.#options.prefix + path, entries));
    });
    const headers = {
      ...this.#options.headers,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(body.length),
      etag,
    };
    return { status: 200, headers, body: method === 'HEAD' ? undefined : body };
  }

  #text(status: number, words: string, method: string, more: SiteHeaders = {}): SiteResponse {
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

function whole(status: 200 | 404, { headers, body }: Representation, method: string): SiteResponse {
  return { status, headers, body: method === 'HEAD' ? undefined : body };
}
