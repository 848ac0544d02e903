import { readFileSync } from 'node:fs';
import { cleanText } from '../../../base/clean-text.ts';
import { errnoText } from '../../../base/errno-text.ts';
import { HostError } from '../../../base/errors.ts';

/** Files with what a server is to be told of us. */
export interface CredentialFiles {
  /** Logins by host, as curl and ftp read them. */
  readonly netrc?: string | undefined;
  /** Headers for the image's own server, a line each: `Name: value`. */
  readonly headerFile?: string | undefined;
}

/** What requests say themselves, and what would make another request of them. */
const OURS =
  /^(?:host|range|if-.*|accept-encoding|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i;

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HostError(`${file}: ${errnoText(error)}`);
  }
}

/** @throws {HostError} that names the line, and quotes nothing of it */
export function parseHeaders(text: string, file: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] =
      /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new HostError(`${file}: line ${index + 1}: expected NAME: VALUE`);
    }
    if (OURS.test(name)) {
      throw new HostError(`${file}: line ${index + 1}: ${cleanText(name)} is not yours to set`);
    }
    headers[name.toLowerCase()] = value.trim();
  }
  return headers;
}

/** The login that a netrc has for a host: of its machine, or the default one. */
export function findLogin(text: string, host: string): string | undefined {
  const words = text
    // A macro ends at an empty line.
    .replace(/^macdef[^\n]*\n(?:[^\n]+\n)*/gm, '')
    .replace(/(^|\s)#[^\n]*/g, '$1')
    .match(/"(?:\\.|[^"\\])*"|\S+/g);
  const plain = (words ?? []).map((word) =>
    word.startsWith('"') && word.length > 1 ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word,
  );
  let matches = false;
  let login: string | undefined;
  for (let at = 0; at < plain.length; at += 1) {
    const word = plain[at];
    if (word === 'machine' || word === 'default') {
      if (login !== undefined) break;
      matches = word === 'default' || plain[at + 1]?.toLowerCase() === host.toLowerCase();
      if (word === 'machine') at += 1;
    } else if (word === 'login' || word === 'password' || word === 'account') {
      const value = plain[at + 1] ?? '';
      at += 1;
      if (!matches) continue;
      if (word === 'login') login = `${value}:${login?.slice(login.indexOf(':') + 1) ?? ''}`;
      if (word === 'password') login = `${login?.slice(0, login.indexOf(':')) ?? ''}:${value}`;
    }
  }
  return login;
}

/** What goes with requests to `url`'s origin. @throws {HostError} */
export function headersFor(
  url: URL,
  { netrc, headerFile }: CredentialFiles,
): Record<string, string> {
  const headers = headerFile === undefined ? {} : parseHeaders(readText(headerFile), headerFile);
  const login = netrc === undefined ? undefined : findLogin(readText(netrc), url.hostname);
  if (login !== undefined && headers.authorization === undefined) {
    headers.authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  return headers;
}
