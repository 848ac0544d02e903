import { cleanText } from '../../../base/clean-text.ts';
import { HostError } from '../../../base/errors.ts';

/** Where an image is, without anything secret in its text. */
export interface Address {
  /** Without user, password and fragment. */
  readonly url: URL;
  /** The value of the header of that name, for this address's origin only. */
  readonly authorization?: string | undefined;
  /** Further headers, by their names in lower case, for this address's origin only. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For messages: no login, and no query, which may be a signature. */
  readonly shown: string;
}

/** What another origin is told of us. */
const NOTHING = { authorization: undefined, headers: undefined };

const HTTP = /^https?:\/\//i;

/** Whether a path of the command line is an image to be read over HTTP. */
export function isHttpAddress(path: string): boolean {
  return HTTP.test(path);
}

function show(url: URL): string {
  return cleanText(`${url.origin}${url.pathname}${url.search === '' ? '' : '?...'}`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @throws {HostError} which does not quote `text`: it may hold a password */
export function parseAddress(text: string): Address {
  if (!isHttpAddress(text) || !URL.canParse(text)) {
    throw new HostError('The address of an image must be https://HOST/PATH or http://HOST/PATH');
  }
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  if (username === '' && password === '') return { url, shown: show(url) };
  const login = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return { url, authorization: `Basic ${login}`, shown: show(url) };
}

/**
 * Where a redirect leads.
 * @param location as the server sent it: hostile
 * @throws {HostError} where it leads out of HTTP, or out of TLS
 */
export function followRedirect(from: Address, location: string | undefined): Address {
  if (location === undefined || !URL.canParse(location, from.url.href)) {
    throw new HostError(`${from.shown}: The server redirects to no address`);
  }
  const url = new URL(location, from.url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new HostError(
      `${from.shown}: The server redirects to ${cleanText(url.protocol)}, which is not HTTP`,
    );
  }
  if (from.url.protocol === 'https:' && url.protocol !== 'https:') {
    throw new HostError(
      `${from.shown}: The server redirects from https to http, where anybody can read and change the image`,
    );
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  const { authorization, headers } = url.origin === from.url.origin ? from : NOTHING;
  return { url, authorization, headers, shown: show(url) };
}
