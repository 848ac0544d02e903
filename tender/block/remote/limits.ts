/** How long whoever has an image may take, and how much is asked at once. */
export interface RemoteLimits {
  /** Milliseconds without a byte until a request fails. */
  readonly idle: number;
  /** Milliseconds until a request fails, whatever arrives. */
  readonly total: number;
  /** Requests in flight. */
  readonly parallel: number;
  /** Bytes of one request. */
  readonly request: number;
  /** Bytes of the cache in memory. */
  readonly cache: number;
  /** Bytes of a line of the cache: what is asked for at least. */
  readonly line: number;
}

export const REMOTE_LIMITS: RemoteLimits = {
  idle: 20_000,
  total: 120_000,
  parallel: 8,
  request: 1024 * 1024,
  cache: 32 * 1024 * 1024,
  line: 16 * 1024,
};
