import type { Agent, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { loadLater } from '../../../base/load-later.ts';
import type { HttpLimits } from './limits.ts';

/** Something that another attempt may mend. */
export class Passing extends Error {
  override readonly name = 'Passing';
}

/** The head of an answer. */
export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** One request, made whole or not at all. */
export interface Exchange {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly agent: Agent;
  readonly limits: Pick<HttpLimits, 'idle' | 'total'>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /**
   * Judges the head.
   * @returns how many bytes the body must have; undefined where nobody wants it
   * @throws what the exchange then fails with
   */
  accept(head: Head): number | undefined;
}

function collect(
  message: IncomingMessage,
  length: number,
  done: (body: Uint8Array) => void,
  fail: (error: Error) => void,
): void {
  const body = new Uint8Array(length);
  let filled = 0;
  message.on('data', (chunk: Uint8Array) => {
    // Before anything is copied: a body has the length that was agreed on, or is refused.
    if (chunk.length > length - filled) {
      return fail(new Passing(`sent more than the ${length} bytes that it announced`));
    }
    body.set(chunk, filled);
    filled += chunk.length;
  });
  message.on('end', () => {
    if (filled === length) done(body);
    else fail(new Passing(`sent ${filled} of ${length} bytes`));
  });
  message.on('error', () => fail(new Passing(`broke off after ${filled} of ${length} bytes`)));
}

/**
 * Makes one GET request.
 * @returns the body; undefined where `accept` did not want it
 * @throws {Passing} (rejects) where the server or the network fails
 */
export function exchange(options: Exchange): Promise<Uint8Array | undefined> {
  const { url, headers, agent, limits, signal, accept } = options;
  const { request } = url.protocol === 'https:' ? loadLater('node:https') : loadLater('node:http');
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers, signal, timeout: limits.idle });
    const clock = setTimeout(
      () => fail(new Passing(`took longer than ${limits.total / 1000} s`)),
      limits.total,
    );
    function end(): void {
      clearTimeout(clock);
    }
    function fail(error: Error): void {
      end();
      reject(error);
      sent.destroy();
    }
    sent.on('timeout', () => fail(new Passing(`sent nothing for ${limits.idle / 1000} s`)));
    sent.on('error', (error) => fail(new Passing(error.message || String(error))));
    sent.on('response', (message) => {
      try {
        const length = accept({ status: message.statusCode ?? 0, headers: message.headers });
        const done = (body?: Uint8Array) => {
          end();
          resolve(body);
        };
        if (length !== undefined) return collect(message, length, done, fail);
        done();
        // What the body says is not read.
        sent.destroy();
      } catch (error) {
        fail(error as Error);
      }
    });
    sent.end();
  });
}
