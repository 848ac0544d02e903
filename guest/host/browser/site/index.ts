import { Site } from '../../web/site.ts';
import { checkSiteOptions, type SiteOptions } from '../../web/site-options.ts';
import type { SiteResponse } from '../../web/site-response.ts';
import type { OpenedRemoteImage } from '../open-image.ts';
import { contentTypeOf } from './content-type.ts';
import { streamOf } from './stream-of.ts';

export type { SiteOptions } from '../../web/site-options.ts';

/** Bytes that are read of a body at once. */
const CHUNK = 1 << 18;

/**
 * Answers a service worker's requests out of an image, as `docteur/web` does on a server: GET and HEAD, conditions,
 * single ranges, redirects to folders, clean URLs, listings, a 404 page.
 *
 * ```ts
 * import { openImageUrl } from 'docteur/browser';
 * import { createSiteHandler } from 'docteur/browser-site';
 *
 * const image = await openImageUrl('https://example.org/site.img');
 * const handler = createSiteHandler(image, { cleanUrls: true });
 * const response = await handler(new Request('https://example.org/about'));
 * console.log(response.status, response.headers.get('content-type'));
 * ```
 *
 * @param image stays open for as long as it is served
 * @returns rejects with the errors of `image`: RemoteError, FormatError
 * @throws OptionError
 */
export function createSiteHandler(
  image: Pick<OpenedRemoteImage, 'read'>,
  options: SiteOptions = {},
): (request: Request) => Promise<Response> {
  const checked = checkSiteOptions(options);
  let site: Site | undefined;
  return async ({ url, method, headers }) => {
    const { pathname, search } = new URL(url);
    const header = (name: string) => headers.get(name) ?? undefined;
    const request = { method, target: pathname + search, header };
    const {
      status,
      headers: answer,
      body,
    } = await image.read<SiteResponse>((fs) => {
      site ??= new Site(fs, checked, { typeOf: contentTypeOf, stored: undefined });
      return site.answer(request);
    });
    if (body === undefined || body instanceof Uint8Array) {
      return new Response((body ?? null) as Uint8Array<ArrayBuffer> | null, {
        status,
        headers: answer,
      });
    }
    const read = async (offset: number) => {
      const chunk = new Uint8Array(Math.min(CHUNK, body.to - offset));
      await image.read(() => body.fill(chunk, offset));
      return chunk;
    };
    // Where a small body cannot be read, that is an error and not an answer.
    const isSmall = body.to - body.from <= CHUNK;
    const sent = isSmall ? await read(body.from) : streamOf(body, read);
    return new Response(sent, { status, headers: answer });
  };
}
