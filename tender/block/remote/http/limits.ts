/** How long a server may take, and how much is asked of it. */
export interface HttpLimits {
  /** Milliseconds without a byte until a request fails. */
  readonly idle: number;
  /** Milliseconds until a request fails, whatever arrives. */
  readonly total: number;
  /** How often a request is made before it fails. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; twice as many before each further one. */
  readonly pause: number;
  /** Requests in flight. */
  readonly parallel: number;
  /** Bytes of one request. */
  readonly request: number;
  /** Bytes of the cache. */
  readonly cache: number;
  /** Bytes of a line of the cache: what is asked for at least. */
  readonly line: number;
}

export const HTTP_LIMITS: HttpLimits = {
  idle: 20_000,
  total: 120_000,
  attempts: 5,
  pause: 250,
  parallel: 8,
  request: 1024 * 1024,
  cache: 32 * 1024 * 1024,
  line: 16 * 1024,
};

/** The longest pause that a server may ask for with Retry-After, in milliseconds. */
export const MAX_PAUSE = 10_000;
