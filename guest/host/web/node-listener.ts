import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { framingFault } from './framing-fault.ts';
import { sendNode } from './node-response.ts';
import type { Site } from './site.ts';
import type { SiteRequest } from './site-response.ts';

/** Answers Node's requests out of a site; an image that is damaged goes to `next`, or is an answer of 500. */
export function listenerOf(
  site: Site,
): (request: IncomingMessage, response: ServerResponse, next?: (error: unknown) => void) => void {
  return (request, response, next) => {
    const fault = framingFault(request);
    if (fault !== undefined) {
      response.writeHead(fault, {
        'content-type': 'text/plain; charset=utf-8',
        connection: 'close',
      });
      response.end(`${STATUS_CODES[fault]}\n`);
      return;
    }
    const { method = 'GET', headers } = request;
    // Express takes the path at which it mounts a listener away from `url`, as the option `prefix` would.
    const asked: SiteRequest = {
      method,
      target: request.url ?? '/',
      header: (name) => headers[name] as string | undefined,
    };
    try {
      sendNode(site.answer(asked), response);
    } catch (error) {
      if (next !== undefined) return next(error);
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('Internal Server Error\n');
    }
  };
}
