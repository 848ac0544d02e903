import type { Option } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { SiteOptions } from '../../../../guest/host/web/index.ts';
import { UsageError } from '../../../../tender/base/errors.ts';
import { compileGlobs } from '../../../source/glob.ts';
import { option } from '../../declaration.ts';
import { parseCount } from '../../parse-values.ts';

/** What the command line says of HTTP. */
export interface HttpOptions {
  readonly http?: readonly HttpAddress[];
  readonly public?: true;
  readonly workers?: number;
  readonly cleanUrls?: true;
  readonly listing?: true;
  readonly fallback?: string;
  readonly cacheControl?: readonly CacheRule[];
  readonly header?: readonly (readonly [string, string])[];
  readonly secureHeaders?: true;
  readonly accessLog?: string;
  readonly logFormat?: 'common' | 'json';
}

/** Where a server listens. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** A Cache-Control for the paths that match. */
interface CacheRule {
  readonly matches: (path: string) => boolean;
  readonly value: string;
}

const MAX_PORT = 65_535;
const MAX_WORKERS = 64;
/** What may stand in a header's name, and in its value. */
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e]*)$/;
/** Headers that say where an answer ends, what becomes of the connection, or what the body is. */
const OF_THE_SERVER: ReadonlySet<string> = new Set([
  ...['connection', 'content-encoding', 'content-length', 'content-range', 'date', 'keep-alive'],
  ...['trailer', 'transfer-encoding', 'upgrade'],
]);

/** The options of `docteur serve` about HTTP. */
export const HTTP_OPTIONS: readonly Option[] = [
  option('--http <address>', 'serve as a website at HOST:PORT; may be repeated', parseAddress),
  option('--workers <n>', 'processes that serve websites (default: 1)', parseCount(1, MAX_WORKERS)),
  option('--clean-urls', '/about is about.html'),
  option('--listing', 'list folders that have no index.html'),
  option(
    '--fallback <path>',
    'the page for addresses without a file, for apps with routes of their own',
  ),
  option('--cache-control <rule>', 'GLOB=VALUE, the first that fits; may be repeated', parseRule),
  option('--header <header>', "'Name: value', in every answer; may be repeated", parseHeader),
  option('--secure-headers', 'add headers that tell browsers to be strict'),
  option('--access-log <file>', 'write a line for each request; - is stdout'),
  option('--log-format <format>', 'of the access log')
    .choices(['common', 'json'])
    .default('common'),
];

function parseAddress(text: string, before: readonly HttpAddress[] = []): HttpAddress[] {
  const [, v6, name, digits] = /^(?:\[([\da-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host !== undefined && port <= MAX_PORT) return [...before, { host, port }];
  throw new InvalidArgumentError('An address is HOST:PORT, as 127.0.0.1:8080 or [::1]:8080.');
}

function parseRule(text: string, before: CacheRule[] = []): CacheRule[] {
  const equals = text.indexOf('=');
  const [glob, value] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals <= 0 || !HEADER.test(`x: ${value}`)) {
    throw new InvalidArgumentError(
      "a rule is GLOB=VALUE, as '/assets/**=max-age=31536000, immutable'.",
    );
  }
  const matchesBytes = compileGlobs([glob]);
  const matches = (path: string) => matchesBytes(Buffer.from(path.slice(1)), false);
  return [...before, { matches, value }];
}

function parseHeader(text: string, before: [string, string][] = []): [string, string][] {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("a header is 'Name: value'.");
  }
  if (OF_THE_SERVER.has(name.toLowerCase())) {
    throw new InvalidArgumentError(`the server itself says what ${name} is.`);
  }
  if (/^set-cookie$/i.test(name) && before.some(([other]) => /^set-cookie$/i.test(other))) {
    throw new InvalidArgumentError('Set-Cookie can be given once.');
  }
  return [...before, [name, value]];
}

/** @throws UsageError where anybody could connect, and nobody said that this is meant */
export function checkHttpAddresses({ http = [], public: isPublic }: HttpOptions): void {
  for (const { host, port } of http) {
    const isLocal = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
    if (!isLocal && !isPublic) {
      throw new UsageError(
        `--http ${host}:${port}: other machines could connect; add --public to allow it`,
      );
    }
  }
}

/** What the options mean for a site. */
export function siteOptions(options: HttpOptions): SiteOptions {
  const { cleanUrls, listing, fallback, cacheControl = [], header = [], secureHeaders } = options;
  return {
    ...(cleanUrls && { cleanUrls }),
    ...(listing && { listing }),
    ...(fallback !== undefined && { fallback: fallback.replace(/^\/?/, '/') }),
    ...(secureHeaders && { secure: true }),
    headers: combine(header),
    cacheControl: (path) => cacheControl.find(({ matches }) => matches(path))?.value,
  };
}

/** Several headers of one name are one with all values (RFC 9110, section 5.3). */
function combine(headers: readonly (readonly [string, string])[]): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = values.get(key);
    values.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(values);
}
