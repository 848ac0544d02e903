import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createListener, type SiteOptions } from '../../../../guest/host/web/index.ts';
import { type ImagePlace, openImage } from '../../../open/open-image.ts';
import type { ServedImage } from '../served-image.ts';

/** An image that is served as a site until the last answer out of it has ended. */
interface OpenSite {
  readonly listen: RequestListener;
  readonly close: () => void;
  answering: number;
  isRetired: boolean;
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
      for (const { path, remote, name } of images) {
        opened.set(
          name.replace(/\.img$/i, '').toLowerCase(),
          this.#open({ address: path, remote }),
        );
      }
    } catch (error) {
      for (const { close } of opened.values()) close();
      throw error;
    }
    const old = [...this.#sites.values()];
    this.#sites = opened;
    this.#first = opened.values().next().value;
    for (const site of old) {
      site.isRetired = true;
      if (site.answering === 0) site.close();
    }
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const site = this.#sites.get(host) ?? this.#first;
    if (site === undefined) {
      response.writeHead(503).end();
      return;
    }
    site.answering += 1;
    response.once('close', () => {
      site.answering -= 1;
      if (site.isRetired && site.answering === 0) site.close();
    });
    site.listen(request, response);
  }

  #open(place: ImagePlace): OpenSite {
    const image = openImage(place);
    const listen = createListener(image, this.#options);
    return { listen, close: image.close, answering: 0, isRetired: false };
  }
}
