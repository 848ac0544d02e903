import { REMOTE_LIMITS, type RemoteLimits } from '../limits.ts';

/** How long a server may take, and how much is asked of it. */
export interface HttpLimits extends RemoteLimits {
  /** How often a request is made before it fails. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; twice as many before each further one. */
  readonly pause: number;
}

export const HTTP_LIMITS: HttpLimits = { ...REMOTE_LIMITS, attempts: 5, pause: 250 };

/** The longest pause that a server may ask for with Retry-After, in milliseconds. */
export const MAX_PAUSE = 10_000;
