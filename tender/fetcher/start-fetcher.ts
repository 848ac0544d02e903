import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { cleanText } from '../base/clean-text.ts';
import { TenderError } from '../base/errors.ts';
import type { RemoteAddress } from '../block/remote/image-address.ts';
import { parseNbdUri } from '../block/remote/nbd/nbd-uri.ts';
import type { RemoteOptions } from '../block/remote/open-image-device.ts';
import { networkSteps } from '../jail/confine.ts';
import { fetcherFilterStep } from '../jail/install.ts';
import { landlockVersion, networkRuleset } from '../jail/landlock.ts';
import { Arena } from '../native/arena.ts';
import { findProgram } from '../native/find-program.ts';
import { type Libc, SyscallError } from '../native/libc.ts';
import { socketPair } from '../native/socket-pair.ts';
import { spawn } from '../native/spawn.ts';
import { ownPath, type WatchedProcess, watchProcess } from '../native/watched-process.ts';
import type { FetcherAnswer, FetcherConfig } from './fetcher-config.ts';

/** What is to be fetched, and how. */
export interface FetcherOptions {
  readonly koffi: readonly string[];
  readonly address: RemoteAddress;
  readonly options: RemoteOptions;
}

/** A process that fetches an image, which is open. */
export interface Fetcher {
  readonly pid: number;
  /** Asks it for bytes, by a `FetchClient`. The caller's to close; its end ends the process. */
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
  /** For messages. */
  readonly shown: string;
  /** What tells this version of the image from others; empty where the protocol has no word for that. */
  readonly version: string;
  kill(): void;
}

const HEAP_MIB = 64;
/** Milliseconds that an image may take to be opened: longer than all attempts together. */
const MOST_MS = 15 * 60_000;
/** A longer answer is none. */
const MAX_ANSWER = 64 * 1024;

/** What Node, the resolver of names and OpenSSL read. */
const SYSTEM_FOLDERS = ['/etc', '/usr', '/lib', '/lib64', '/run/systemd/resolve', '/proc', '/sys'];
const SYSTEM_FILES = ['/dev/urandom', '/dev/random'];
/** What the environment says of networks. */
const VARIABLE =
  /^(?:https?_proxy|no_proxy|all_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|NODE_USE_SYSTEM_CA|SSL_CERT_FILE|SSL_CERT_DIR|LANG|LC_ALL|TZ|RES_OPTIONS|LOCALDOMAIN)=/i;

/** Programs of others, which an image of QEMU's needs, find what they need by it. */
function environmentFor({ kind }: RemoteAddress): string[] {
  const all = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  return kind === 'qemu' ? all : all.filter((variable) => VARIABLE.test(variable));
}

/** Files that a user names for this image: certificates, keys, logins. */
function filesFor({ kind, text }: RemoteAddress, { netrc, headerFile }: RemoteOptions) {
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR } = process.env;
  const tls = kind === 'nbd' ? parseNbdUri(text).tls : undefined;
  const present = (paths: readonly (string | undefined)[]) =>
    paths.flatMap((path) => (path === undefined || path === '' ? [] : [resolve(path)]));
  return {
    files: present([netrc, headerFile, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, tls?.pskFile]),
    folders: present([SSL_CERT_DIR, tls?.certificates]),
  };
}

/**
 * The ruleset of Landlock for the process; undefined where there can be none: QEMU may need any file.
 * @throws {SyscallError}
 */
function rulesetFor(
  libc: Libc,
  program: string,
  { address, options, koffi }: FetcherOptions,
): number | undefined {
  const version = landlockVersion(libc);
  if (version === 0 || address.kind === 'qemu') return undefined;
  const { files, folders } = filesFor(address, options);
  return networkRuleset(libc, version, {
    folders: [...SYSTEM_FOLDERS, dirname(program), ...folders],
    files: [ownPath(), ...koffi, ...SYSTEM_FILES, ...files],
    own: options.cache === undefined ? [] : [options.cache],
  });
}

/** Waits for the line in which the process tells that the image is open, or why not. */
function hearAnswer(child: WatchedProcess): Promise<FetcherAnswer> {
  return new Promise((tell) => {
    const fail = (message: string) => tell({ event: 'failed', message });
    const clock = setTimeout(() => fail('the image was not opened in time'), MOST_MS);
    let text = '';
    let words = '';
    child.stderr.on('data', (bytes: Buffer) => {
      if (words.length < MAX_ANSWER) words += bytes.toString('latin1');
    });
    child.channel.setEncoding('utf8');
    child.channel.on('error', () => {});
    child.channel.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (text.length > MAX_ANSWER) fail('the process that fetches it makes no sense');
      else if (end >= 0) tell(parseAnswer(text.slice(0, end)));
      else return;
      clearTimeout(clock);
    });
    child.onEnd(() => {
      clearTimeout(clock);
      const why = cleanText(words);
      fail(`the process that fetches the image has ended${why === '' ? '' : `: ${why}`}`);
    });
  });
}

/** It talks to strangers, and may say anything. */
function parseAnswer(line: string): FetcherAnswer {
  try {
    const { event, size, shown, version, message } = JSON.parse(line);
    const isSound = Number.isSafeInteger(size) && size > 0 && typeof version === 'string';
    if (event === 'open' && isSound) return { event, size, version, shown: cleanText(shown) };
    if (event === 'failed') return { event, message: cleanText(message) };
  } catch {
    // It makes no sense.
  }
  return { event: 'failed', message: 'the process that fetches it makes no sense' };
}

/**
 * Starts a process that fetches an image for others, and opens it. It has the network, the files that this image
 * needs, and its cache; it can execute nothing and sees no other process. It ends with this process, and with the
 * last end of `fd`.
 * @throws {TenderError} (rejects) where it cannot be started, or the image not be opened
 */
export async function startFetcher(libc: Libc, about: FetcherOptions): Promise<Fetcher> {
  const { koffi, address } = about;
  const cache = about.options.cache === undefined ? undefined : resolve(about.options.cache);
  const options = { ...about.options, cache };
  if (cache !== undefined) mkdirSync(cache, { recursive: true, mode: 0o700 });
  const program = findProgram('fetcher');
  const [ours, theirs] = socketPair(libc);
  const nowhere = openSync('/dev/null', 'r+');
  const arena = new Arena(libc);
  let ruleset: number | undefined;
  let child: WatchedProcess | undefined;
  try {
    const runsPrograms = address.kind === 'qemu';
    ruleset = rulesetFor(libc, program, { koffi, address, options });
    const filter = runsPrograms ? [] : [fetcherFilterStep(libc)];
    child = watchProcess(
      libc,
      spawn(libc, {
        file: ownPath(),
        args: [`--max-old-space-size=${HEAP_MIB}`, '--no-warnings', program],
        environment: environmentFor(address),
        cwd: process.cwd(),
        stdout: nowhere,
        fds: [theirs],
        steps: [...networkSteps(arena, ruleset), ...filter],
        flags: 0,
      }),
    );
    const config: FetcherConfig = { koffi, address, options, runsPrograms };
    child.channel.write(`${JSON.stringify(config)}\n`);
    const answer = await hearAnswer(child);
    if (answer.event === 'failed') throw new TenderError(answer.message);
    const { pid, kill } = child;
    const { size, shown, version } = answer;
    return { pid, fd: ours, size, shown, version, kill };
  } catch (error) {
    child?.kill();
    libc.raw('close', ours);
    if (!(error instanceof SyscallError)) throw error;
    throw new TenderError(`cannot start the process that fetches the image: ${error.message}`);
  } finally {
    for (const fd of [theirs, ruleset]) if (fd !== undefined) libc.raw('close', fd);
    closeSync(nowhere);
    arena.release();
  }
}
