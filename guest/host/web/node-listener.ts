import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { onTurn } from './answer-turn.ts';
import { framingFault } from './framing-fault.ts';
import { sendNode } from './node-response.ts';
import type { Site } from './site.ts';
import type { SiteRequest, SiteResponse } from './site-response.ts';

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
    const asked: SiteRequest = {
      method,
      target: request.url ?? '/',
      header: (name) => headers[name] as string | undefined,
    };
    onTurn(request, response, () => {
      try {
        sendNode(below(request, site.answer(asked)), response);
      } catch (error) {
        if (next !== undefined) return next(error);
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
        response.end('Internal Server Error\n');
      }
    });
  };
}

/** Express takes the path at which it mounts a listener away from `url`: a redirect has to begin with it. */
function below(request: IncomingMessage, answer: SiteResponse): SiteResponse {
  const { baseUrl = '' } = request as { readonly baseUrl?: string };
  const { location } = answer.headers;
  if (baseUrl === '' || location === undefined) return answer;
  // Never one that begins with `//`, which would be another host.
  return {
    ...answer,
    headers: { ...answer.headers, location: baseUrl.replace(/^\/+/, '/') + location },
  };
}
