import type { HeaderOf, Part } from './conditions.ts';

/** A request, whatever server it came by. */
export interface SiteRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly header: HeaderOf;
}

/** A body that is read when it is sent, and into memory of whoever sends it: bytes `from` to `to`. */
export interface ReadBody extends Part {
  /** Fills `into` with the bytes from `offset` on, all of which lie within. @throws where the image is damaged */
  fill(into: Uint8Array, offset: number): void;
}

/** Headers by their names in small letters. Those of a file are shared by all answers that have them. */
export type SiteHeaders = Readonly<Record<string, string>>;

/** The answer to a request. */
export interface SiteResponse {
  readonly status: number;
  readonly headers: SiteHeaders;
  /** None for HEAD and where there is none; bytes are not to be written into. */
  readonly body: Uint8Array | ReadBody | undefined;
}

export function bodyLength(body: SiteResponse['body']): number {
  if (body === undefined) return 0;
  return body instanceof Uint8Array ? body.length : body.to - body.from;
}
