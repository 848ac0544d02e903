import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileSystem } from '../../reader/index.ts';
import type { OpenedImage } from '../open-image-file.ts';
import { listenerOf } from './node-listener.ts';
import { openSite } from './open-site.ts';
import type { SiteOptions } from './site-options.ts';
import { toWebResponse } from './web-response.ts';

export type { SiteOptions } from './site-options.ts';

/**
 * Serves an image as a website, by the web's own types: for hono, Deno, Bun, workers and whatever else calls a
 * function with a Request.
 *
 * ```ts
 * import { openImageFile } from 'docteur/unix';
 * import { createHandler } from 'docteur/web';
 *
 * const handler = createHandler(openImageFile('site.img'), { cleanUrls: true });
 * const response = handler(new Request('http://localhost/about'));
 * console.log(response.status, response.headers.get('etag'));
 * ```
 *
 * GET and HEAD, conditions, single ranges, redirects to folders; ETag is the blob's id, so that a new image makes
 * clients fetch only what changed. Files that are stored without a delta are sent compressed as they lie in the
 * image to clients that take deflate or gzip; siblings `.br`, `.zst` and `.gz` are used where the site has them.
 * @param image stays open for as long as it is served; the caller closes it
 * @returns throws FormatError where the image proves damaged
 * @throws OptionError
 */
export function createHandler(
  image: OpenedImage | FileSystem,
  options: SiteOptions = {},
): (request: Request) => Response {
  const site = openSite(image, options);
  return (request) => {
    const { pathname, search } = new URL(request.url);
    const { headers, method } = request;
    const header = (name: string) => headers.get(name) ?? undefined;
    return toWebResponse(site.answer({ method, target: pathname + search, header }));
  };
}

/**
 * The same for node:http, express and whatever else calls a function with Node's request and response:
 *
 * ```ts
 * import { createServer } from 'node:http';
 * import { openImageFile } from 'docteur/unix';
 * import { createListener } from 'docteur/web';
 *
 * const server = createServer(createListener(openImageFile('site.img')));
 * server.listen(8080, '127.0.0.1');
 * ```
 *
 * In express, `app.use(createListener(image))`; `next` is called with the error of a damaged image.
 * @throws OptionError
 */
export function createListener(
  image: OpenedImage | FileSystem,
  options: SiteOptions = {},
): (request: IncomingMessage, response: ServerResponse, next?: (error: unknown) => void) => void {
  return listenerOf(openSite(image, options));
}
