import type { Agent } from 'node:http';
import { cleanText } from '../../../base/clean-text.ts';
import { HostError } from '../../../base/errors.ts';
import { loadLater } from '../../../base/load-later.ts';
import { type Address, followRedirect } from './address.ts';
import { exchange, type Head, Passing } from './exchange.ts';
import { type HttpLimits, MAX_PAUSE } from './limits.ts';
import { checkRange, rangeHeader, resolveRange, type WantedRange } from './range.ts';
import { isSameVersion, takeValidator, type Validator } from './validator.ts';

const REDIRECTS = [301, 302, 303, 307, 308];
/** Nothing is wrong with the request. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];
/** What a signed address answers that has run out. */
const EXPIRED = [401, 403, 404, 410];

/** Proxies of the environment count where Node knows them (24.5 and newer). */
function createAgent({ protocol }: URL, limits: HttpLimits): Agent {
  const options = { keepAlive: true, maxSockets: limits.parallel, proxyEnv: process.env };
  if (protocol === 'http:') return new (loadLater('node:http').Agent)(options);
  // Said in so many words, so that no variable of the environment turns it off.
  return new (loadLater('node:https').Agent)({ ...options, rejectUnauthorized: true });
}

/** Nobody answered, or not to any good: there may be another way to the image. */
export class Unreachable extends HostError {}

/** Reads ranges of one image, of which the first one pins size and version. */
export class HttpClient {
  readonly #address: Address;
  readonly #limits: HttpLimits;
  readonly #agents = new Map<string, Agent>();
  readonly #closing = new AbortController();
  /** Where the image is: the address, or where that redirects to. */
  #place: Address;
  #size: number | undefined;
  #validator: Validator | undefined;

  constructor(address: Address, limits: HttpLimits) {
    this.#address = address;
    this.#place = address;
    this.#limits = limits;
  }

  /** Bytes of the image; undefined before the first range. */
  get size(): number | undefined {
    return this.#size;
  }

  /** What tells this version from others; empty before the first range. */
  get version(): string {
    const { etag = '', lastModified = '' } = this.#validator ?? {};
    return `${etag}\n${lastModified}`;
  }

  /**
   * Reads a range; the first one may end behind the image, and is then shorter.
   * @throws {HostError} (rejects) where the image cannot be had, or is another one by now
   */
  async read(range: WantedRange, attempts = this.#limits.attempts): Promise<Uint8Array> {
    let problem = '';
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      let pause = this.#limits.pause * 2 ** attempt;
      try {
        return await this.#readOnce(range, (seconds) => {
          pause = Math.min(seconds * 1000, MAX_PAUSE);
        });
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        if (!(error instanceof Passing)) throw error;
        problem = cleanText(error.message);
      }
      if (attempt + 1 < attempts) {
        // Not all at the same moment, where many were turned away together.
        const signal = this.#closing.signal;
        const { setTimeout: sleep } = loadLater('node:timers/promises');
        await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      }
    }
    if (this.#closing.signal.aborted) {
      throw new HostError(`${this.#address.shown}: the device is closed; it serves one guest only`);
    }
    throw new Unreachable(`${this.#place.shown}: Failed ${attempts} times, at last: ${problem}`);
  }

  async #readOnce(
    range: WantedRange,
    onRetryAfter: (seconds: number) => void,
  ): Promise<Uint8Array> {
    for (let hops = 0; ; hops += 1) {
      const place = this.#place;
      // Another request may tell the size meanwhile: what was asked without it may end behind the image.
      const known = this.#size;
      let next: Address | undefined;
      const body = await exchange({
        url: place.url,
        agent: this.#agentFor(place.url),
        headers: {
          ...place.headers,
          range: rangeHeader(range),
          'accept-encoding': 'identity',
          'user-agent': 'docteur',
          ...(this.#validator && { 'if-range': this.#validator.ifRange }),
          ...(place.authorization !== undefined && { authorization: place.authorization }),
        },
        limits: this.#limits,
        signal: this.#closing.signal,
        accept: (head) => {
          if (REDIRECTS.includes(head.status)) {
            if (place !== this.#address || hops > 1) {
              throw new HostError(
                `${place.shown}: The server redirects more than once: use the address that it ends at`,
              );
            }
            next = followRedirect(place, head.headers.location);
            return undefined;
          }
          if (place !== this.#address && EXPIRED.includes(head.status) && hops === 0) {
            next = this.#address;
            return undefined;
          }
          const wait = Number(head.headers['retry-after']);
          if (wait > 0) onRetryAfter(wait);
          return this.#accept(head, range, known, place.shown);
        },
      });
      if (body !== undefined) return body;
      if (next === undefined) throw new HostError(`${place.shown}: The server sent nothing`);
      this.#place = next;
    }
  }

  /** @returns the length of the body */
  #accept(
    { status, headers }: Head,
    range: WantedRange,
    known: number | undefined,
    shown: string,
  ): number {
    if (PASSING.includes(status)) throw new Passing(`status ${status}`);
    if (status === 200 && this.#validator !== undefined) throw this.#changed(shown);
    if (status === 200) {
      throw new HostError(
        `${shown}: The server sends the whole image where a part was asked for: it must support ranges`,
      );
    }
    if (status === 416) throw new HostError(`${shown}: The image is empty, or shorter than it was`);
    if (status !== 206) throw new HostError(`${shown}: ${explain(status)}`);
    if (this.#validator !== undefined && !isSameVersion(this.#validator, headers)) {
      throw this.#changed(shown);
    }
    const size = checkRange(headers, range, known, shown);
    if (this.#size !== undefined && this.#size !== size) throw this.#changed(shown);
    this.#validator ??= takeValidator(headers, shown);
    this.#size ??= size;
    const { start, end } = resolveRange(range, size);
    return end - start;
  }

  #changed(shown: string): HostError {
    return new HostError(`${shown}: The image changed on the server while it was in use`);
  }

  #agentFor(url: URL): Agent {
    const agent = this.#agents.get(url.protocol) ?? createAgent(url, this.#limits);
    this.#agents.set(url.protocol, agent);
    return agent;
  }

  /** Requests in flight fail. */
  close(): void {
    this.#closing.abort();
    for (const agent of this.#agents.values()) agent.destroy();
  }
}

function explain(status: number): string {
  if (status === 401) return 'The server asks for a login (401): write https://USER:PASSWORD@HOST/';
  if (status === 403) return 'The server refuses access (403)';
  if (status === 404 || status === 410) return `There is no image at this address (${status})`;
  return `The server answers ${status} to a request for a range`;
}
