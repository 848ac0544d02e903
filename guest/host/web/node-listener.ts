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
        sendNode(below(request, site, site.answer(asked)), response);
      } catch (error) {
        if (next !== undefined) return next(error);
        response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
        response.end('Internal Server Error\n');
      }
    });
  };
}

/** What Express tells of a path at which it mounts a listener. */
interface Mounted {
  readonly baseUrl?: string;
  readonly originalUrl?: string;
}

/**
 * Express takes the path at which it mounts a listener away from `url`, and makes `/` of nothing: a redirect has to
 * begin with that path, and whoever asks for the path itself has to ask with a slash, as for any folder.
 */
function below(request: IncomingMessage, site: Site, answer: SiteResponse): SiteResponse {
  const { baseUrl = '', originalUrl = '' } = request as Mounted;
  if (baseUrl === '') return answer;
  // Never one that begins with `//`, which would be another host.
  const base = baseUrl.replace(/^\/+/, '/');
  const query = originalUrl.slice(baseUrl.length);
  const isBare = originalUrl === baseUrl || originalUrl.startsWith(`${baseUrl}?`);
  if (isBare && answer.status < 400) return site.moved(`${base}/${query}`, request.method ?? 'GET');
  const { location } = answer.headers;
  if (location === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, location: base + location } };
}
