import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Oid, parseOid } from '#format';
import type { OpenedImage } from '../../../../guest/host/index.ts';
import type { SiteOptions } from '../../../../guest/host/web/index.ts';
import { listenerOf } from '../../../../guest/host/web/node-listener.ts';
import { openSite } from '../../../../guest/host/web/open-site.ts';
import type { Site } from '../../../../guest/host/web/site.ts';
import { ToolError } from '../../../base/errors.ts';
import { openImage } from '../../../open/open-image.ts';
import type { ServedImage } from '../served-image.ts';
import type { PlainAnswer } from './plain-connections.ts';
import type { PlainRequest } from './plain-request.ts';

/** Files of a site that its reader keeps. */
const OBJECT_CACHE_BYTES = 8 << 20;

/** An image that is served as a site until the last answer out of it has ended. */
class OpenSite {
  readonly site: Site;
  readonly listen: RequestListener;
  readonly #close: () => void;
  #answering = 0;
  #isRetired = false;

  constructor(image: OpenedImage, options: SiteOptions) {
    this.site = openSite(image, options);
    this.listen = listenerOf(this.site);
    this.#close = image.close;
  }

  /** An answer begins to read. */
  enter(): void {
    this.#answering += 1;
  }

  leave(): void {
    this.#answering -= 1;
    if (this.#isRetired && this.#answering === 0) this.#close();
  }

  /** No more answers begin. */
  retire(): void {
    this.#isRetired = true;
    if (this.#answering === 0) this.#close();
  }
}

/**
 * The sites of a server, by the names of their hosts: `example.org.img` is the site of `example.org`; whoever asks
 * for none of them gets the first.
 */
export class Sites {
  readonly #options: SiteOptions;
  #sites = new Map<string, OpenSite>();
  #first: OpenSite | undefined;

  constructor(options: SiteOptions) {
    this.#options = options;
  }

  /** Serves these from now on; answers that are under way end out of the old ones. @throws all stays as it is */
  replace(images: readonly ServedImage[]): void {
    const opened = new Map<string, OpenSite>();
    try {
      for (const image of images) {
        const host = image.name.replace(/\.img$/i, '').toLowerCase();
        if (opened.has(host)) {
          throw new ToolError(
            'USAGE',
            `${image.path}: another image is the site of ${host} already`,
          );
        }
        opened.set(host, this.#open(image));
      }
    } catch (error) {
      for (const site of opened.values()) site.retire();
      throw error;
    }
    const old = [...this.#sites.values()];
    this.#sites = opened;
    this.#first = opened.values().next().value;
    for (const site of old) site.retire();
  }

  /** @throws where the image is damaged */
  answerPlain({ target, headers }: PlainRequest): PlainAnswer | undefined {
    const site = this.#of(headers.get('host'));
    if (site === undefined) return undefined;
    const header = (name: string) => headers.get(name);
    return { response: site.site.answer({ method: 'GET', target, header }), site };
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const site = this.#of(hostOf(request));
    if (site === undefined) {
      response.writeHead(503).end();
      return;
    }
    site.enter();
    response.once('close', () => site.leave());
    site.listen(request, response);
  }

  #of(hostHeader = ''): OpenSite | undefined {
    if (this.#sites.size === 1) return this.#first;
    const host = hostHeader.replace(/:\d+$/, '').toLowerCase();
    return this.#sites.get(host) ?? this.#first;
  }

  #open({ path: address, remote, commit, isPinned }: ServedImage): OpenSite {
    const pinned = isPinned ? { commit: parseOid(commit) as Oid } : {};
    const options = { cacheBytes: OBJECT_CACHE_BYTES, ...pinned };
    return new OpenSite(openImage({ address, remote }, options), this.#options);
  }
}

/** A target that is a whole address says the host, whatever the header says (RFC 9112, section 3.2.2). */
function hostOf({ url = '', headers }: IncomingMessage): string | undefined {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? headers.host;
}
