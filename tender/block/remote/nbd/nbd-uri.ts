import { cleanText } from '../../../base/clean-text.ts';
import { HostError } from '../../../base/errors.ts';
import { DEFAULT_PORT, MAX_STRING } from '../../../nbd/numbers.ts';

/** Where an NBD server and its export are (NetworkBlockDevice/nbd, doc/uri.md). */
export interface NbdPlace {
  /** What a connection is made to. */
  readonly to: { readonly path: string } | { readonly host: string; readonly port: number };
  /** The export's name; the default export's is empty. */
  readonly name: string;
  /** Undefined without TLS. */
  readonly tls: NbdTls | undefined;
  /** For messages. */
  readonly shown: string;
}

/** How TLS is to be spoken. */
export interface NbdTls {
  /** The folder with ca-cert.pem, client-cert.pem and client-key.pem, each where it is needed. */
  readonly certificates: string | undefined;
  /** A file of `name:key` lines. */
  readonly pskFile: string | undefined;
  /** Which of its keys: the first one if absent. */
  readonly user: string | undefined;
}

const PARAMETERS = ['socket', 'tls-certificates', 'tls-psk-file'];

/** Longest path of a unix socket on Linux, with the zero behind it. */
const MAX_SOCKET_PATH = 107;

function wrong(shown: string, what: string): HostError {
  const forms = 'nbd://HOST/EXPORT or nbd+unix:///EXPORT?socket=PATH';
  return new HostError(`${shown}: ${what}; the address of an NBD export is ${forms}`);
}

/** @throws {HostError} */
export function parseNbdUri(text: string): NbdPlace {
  const shown = cleanText(text.replace(/\/\/[^/@]*@/, '//'));
  // A user without a host is no URL to the WHATWG.
  const [, start = '', unixUser] = /^(nbds?\+unix:\/\/)([^/?#@]*)@(?=\/)/i.exec(text) ?? [];
  const plain =
    unixUser === undefined ? text : start + text.slice(start.length + unixUser.length + 1);
  if (!URL.canParse(plain)) throw wrong(shown, 'not an address');
  const url = new URL(plain);
  const { protocol, hostname, port, pathname, searchParams } = url;
  const username = unixUser ?? url.username;
  const isUnix = protocol.endsWith('+unix:');
  for (const key of searchParams.keys()) {
    if (!PARAMETERS.includes(key)) throw wrong(shown, `nothing is known of ${cleanText(key)}`);
  }
  const socket = searchParams.get('socket');
  const name = decodeName(pathname.replace(/^\//, ''), shown);
  const pskFile = searchParams.get('tls-psk-file') ?? undefined;
  const certificates = searchParams.get('tls-certificates') ?? undefined;
  const isEncrypted = protocol.startsWith('nbds');
  if (!isEncrypted && (pskFile ?? certificates) !== undefined) {
    throw wrong(shown, `TLS is for nbds${isUnix ? '+unix' : ''}:`);
  }
  const user = username === '' ? undefined : decodeName(username, shown);
  const tls = isEncrypted ? { certificates, pskFile, user } : undefined;
  if (isUnix) {
    if (socket === null || socket === '') throw wrong(shown, 'the socket is missing');
    if (socket.includes('\0') || Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
      throw wrong(shown, `the path of a socket has at most ${MAX_SOCKET_PATH} bytes`);
    }
    return { to: { path: socket }, name, tls, shown };
  }
  if (hostname === '') throw wrong(shown, 'the host is missing');
  if (socket !== null) throw wrong(shown, 'a socket is for nbd+unix:');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { to: { host, port: Number(port) || DEFAULT_PORT }, name, tls, shown };
}

function decodeName(text: string, shown: string): string {
  let name: string;
  try {
    name = decodeURIComponent(text);
  } catch {
    throw wrong(shown, 'a % without two digits');
  }
  if (Buffer.byteLength(name) <= MAX_STRING) return name;
  throw wrong(shown, `the name of an export has at most ${MAX_STRING} bytes`);
}
