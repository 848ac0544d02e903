// The command `tender`: reads its arguments, runs one guest, and exits as the guest did.
import { constants } from 'node:os';
import { splitCommandLine } from '../base/args.ts';
import { errnoText } from '../base/errno-text.ts';
import { EXIT_TENDER_ERROR, TenderError, UsageError } from '../base/errors.ts';
import { hidePassword, hidePasswordsOf } from '../base/passwords.ts';
import type { ReadCount } from '../block/filters/counted.ts';
import { createPlaces, type GuestPlaces } from '../guests/guest-places.ts';
import { findGuest } from '../monitors/index.ts';
import type { GuestEnd, RunningGuest, WarmProcess } from '../monitors/monitor.ts';
import { GUEST_MARK } from '../monitors/node/guest-words.ts';
import { exitProcess } from '../native/libc.ts';
import { peekOptions, SANDBOX_WARNINGS } from './core-options.ts';
import { findHint } from './hints.ts';
import { type LogLevel, shows, takeLogLevel } from './log-level.ts';
import { type Prepared, prepare } from './prepare.ts';
import { usage } from './usage.ts';
import { versionLine, versionText } from './version.ts';

const NAME = 'tender';

function complain(text: string): void {
  const shown = hidePasswordsOf(process.argv.slice(2), text);
  for (const line of shown.split('\n')) process.stderr.write(`${NAME}: ${line}\n`);
}

/** Prints what was asked for; returns the exit status. Whoever closed our stdout has read enough. */
function print(text: string): Promise<number> {
  const { stdout } = process;
  // `write` tells.
  stdout.on('error', () => {});
  return new Promise((resolve) => {
    stdout.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (error && error.code !== 'EPIPE') complain(`stdout: cannot write: ${errnoText(error)}`);
      resolve(error ? EXIT_TENDER_ERROR : 0);
    });
  });
}

/** Reports how the guest ended; returns the exit status. */
function reportEnd(end: GuestEnd, level: LogLevel, places: GuestPlaces): number {
  if (end.message !== undefined && shows(level, 'error')) complain(places.translate(end.message));
  if (end.kind === 'exit' && end.stack !== undefined && shows(level, 'error')) {
    for (const line of places.stack(end.stack)) complain(`${GUEST_MARK}    at ${line}`);
  }
  if (end.kind === 'exit') return end.status;
  if (end.kind === 'ended') return end.fault === 'host' ? EXIT_TENDER_ERROR : 255;
  if (end.message === undefined && shows(level, 'error')) complain(`guest ended by ${end.signal}`);
  return 128 + (constants.signals[end.signal as NodeJS.Signals] ?? 0);
}

/**
 * Writes one line of JSON: the milliseconds from the start of this process to each phase, the bytes and
 * requests read from the devices, and the bytes of the guest's heap and buffers at its exit.
 */
function reportRun(
  phases: ReadonlyMap<string, bigint>,
  { bytes: bytesRead, requests }: ReadCount,
  about: { readonly memory?: number },
): void {
  const start = process.hrtime.bigint() - BigInt(Math.round(performance.now() * 1e6));
  const entries = [...phases].map(([phase, at]) => [phase, Number((at - start) / 1000n) / 1000]);
  const report = { ...Object.fromEntries(entries), bytesRead, requests, ...about };
  process.stderr.write(`${JSON.stringify(report)}\n`);
}

/** Makes all checks. If one fails, the process that was started for the guest is ended. */
async function prepareFor(
  warm: WarmProcess<unknown>,
  ...what: Parameters<typeof prepare>
): Promise<Prepared> {
  try {
    return await prepare(...what);
  } catch (error) {
    warm.abandon();
    throw error;
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const commandLine = splitCommandLine(argv);
  const { options: given, guest } = commandLine;
  if (given.includes('--help')) {
    return print(usage());
  }
  if (given.includes('--version')) {
    return print(versionText());
  }
  if (given.includes('--manifest') && guest !== undefined) {
    return print(`${JSON.stringify((await findGuest(guest)).read().manifest)}\n`);
  }
  const { level, levels, rest } = takeLogLevel(commandLine.guestArguments);
  if (guest === undefined) throw new UsageError('Missing KERNEL operand: name a guest');
  const found = await findGuest(guest);
  // First, so that the checks are made while the other process starts.
  const warm = found.monitor.warmUp({ ...peekOptions(given), consoleFd: 1 });
  const { program, devices, reads, options } = await prepareFor(
    warm,
    given,
    found,
    commandLine.guestArguments,
  );
  if (shows(level, 'info')) complain(versionLine());
  const warning = SANDBOX_WARNINGS[options.sandbox];
  if (warning !== undefined && shows(level, 'warn')) complain(warning);
  const places = createPlaces(guest);
  const phases = new Map<string, bigint>();
  const about: { memory?: number } = {};
  // By default Node opens a debugger on this signal, and a guest in a weaker sandbox might be able to send it.
  process.on('SIGUSR1', () => {});
  // Before the guest starts: its output may make somebody send a signal before `run` returns.
  let caught: number | undefined;
  let running: RunningGuest | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      caught ??= constants.signals[signal];
      running?.kill();
    });
  }
  running = warm.run({
    program,
    arguments: rest,
    levels,
    devices,
    onMemory: (bytes) => {
      about.memory = bytes;
    },
    onPhase: options.timing ? (phase, at) => phases.set(phase, at) : undefined,
    onMessage: shows(level, 'error')
      ? (line) => process.stderr.write(`${GUEST_MARK}${places.translate(line)}\n`)
      : undefined,
    onLog: (at, line) => shows(level, at) && complain(line),
  });
  const end = await running.ended;
  if (options.timing) reportRun(phases, reads, about);
  if (caught === undefined) return reportEnd(end, level, places);
  complain(`Exiting on signal ${caught}`);
  return EXIT_TENDER_ERROR;
}

function fail(error: unknown): never {
  const hint = error instanceof TenderError ? findHint(process.argv.slice(2)) : undefined;
  if (hint !== undefined && error instanceof TenderError) {
    complain(hidePassword(hint));
    exitProcess(error.exitStatus);
  }
  const stack = process.argv.includes('--debug') && error instanceof Error;
  complain(stack ? (error.stack ?? error.message) : String((error as Error).message));
  if (error instanceof UsageError) process.stderr.write(usage());
  exitProcess(error instanceof TenderError ? error.exitStatus : EXIT_TENDER_ERROR);
}

run(process.argv.slice(2)).then(exitProcess, fail);
