import { readSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { TenderError } from '../../base/errors.ts';
import { encodeAttached } from '../../guests/elf/attached-manifest.ts';
import type { ElfProgram } from '../../guests/elf/elf-reader.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import { lockDevices } from '../lock-devices.ts';
import type { GuestEnd, GuestLaunch, ProcessSetting, RunningGuest } from '../monitor.ts';
import { findNative } from '../node/native.ts';
import { attachDevices } from './attach-devices.ts';
import { encodeBootInfo } from './boot-info.ts';
import { openEventFds } from './event-fds.ts';
import { explainFault } from './explain-fault.ts';
import { sptFilter } from './filter.ts';
import { type ProcessEnd, watchGuest } from './guest-process.ts';
import { buildLauncher, type Launcher } from './launcher.ts';
import { SIGNAL_OF_FAILURE } from './launcher-code.ts';
import { createProgramFile, OpenFds, startProgram } from './start-guest.ts';

/** Whether the kernel has filters, and the kind of answer that ends a process. */
function requireSeccomp(libc: Libc): void {
  const action = new Uint32Array(new ArrayBuffer(4)).fill(0x80000000);
  const result = libc.raw('seccomp', 2, 0, libc.address(action.buffer)); // GET_ACTION_AVAIL
  if (result < 0) {
    const why = new SyscallError('seccomp', -result).message;
    throw new TenderError(`cannot jail the guest: ${why}: this kernel has no filters`);
  }
}

/** A non-blocking console would lose output: the guest writes to it directly, and does not repeat a write. */
function makeBlocking(libc: Libc, fd: number): void {
  const [F_GETFL, F_SETFL, O_NONBLOCK] = [3, 4, 0o4000];
  const flags = libc.raw('fcntl', fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) !== 0) libc.raw('fcntl', fd, F_SETFL, flags & ~O_NONBLOCK);
}

/** What a failed launcher wrote to the beginning of its file: the call and its result. */
function failureOf({ callAt }: Launcher, fd: number): string | undefined {
  const report = Buffer.alloc(16);
  readSync(fd, report, 0, 16, 0);
  const call = callAt(report.readBigUInt64LE(0));
  if (call === undefined) return undefined;
  const result = Number(report.readBigInt64LE(8));
  if (result < 0) return new SyscallError(call.name, -result).message;
  return call.name === 'getppid' ? 'the tender is gone' : `${call.name} gave ${result}`;
}

/** How a guest ended whose process is gone. */
function explainEnd(end: ProcessEnd, setting: ProcessSetting, fault: string | undefined): GuestEnd {
  if ('status' in end) return { kind: 'exit', status: end.status };
  if (end.number === SIGNAL_OF_FAILURE) {
    const message = 'cannot jail the guest: the kernel refused its confinement';
    return { kind: 'ended', fault: 'host', message };
  }
  if (end.signal === 'SIGXCPU') {
    const message = `the guest used up its processor time (--cpu=${setting.cpuSeconds})`;
    return { kind: 'signal', signal: end.signal, message };
  }
  const { signal } = end;
  return fault === undefined
    ? { kind: 'signal', signal }
    : { kind: 'signal', signal, message: fault };
}

/** Starts and watches the process of a guest. */
function start(libc: Libc, fds: OpenFds, setting: ProcessSetting, launch: GuestLaunch<ElfProgram>) {
  const { program, devices } = launch;
  const { attached, blocks, nets } = attachDevices(program, devices);
  lockDevices(launch, libc);
  const { epollFd, timerFd, startFd } = openEventFds(libc, fds, nets);
  const image = program.layout(setting.memory);
  const ownFd = fds.add(createProgramFile(libc));
  const kept = [epollFd, timerFd, ...[...blocks, ...nets].map(({ fd }) => fd)];
  const launcher = buildLauncher({
    image,
    guestFd: program.fd,
    ownFd,
    startFd,
    bootInfo: encodeBootInfo({
      image,
      epollFd,
      timerFd,
      manifest: encodeAttached(program.manifest, attached),
      commandLine: [...(launch.levels ?? []), ...launch.arguments].join(' '),
    }),
    filter: sptFilter({ epollFd, timerFd, blocks, nets: nets.map(({ fd }) => fd) }),
    fds: [1, ...kept],
    tenderPid: process.pid,
    name: basename(program.path).replaceAll(/[^\w.-]/g, '_'),
    dumpable: false,
  });
  makeBlocking(libc, setting.consoleFd);
  const pid = startProgram(libc, {
    programFd: ownFd,
    program: launcher.file,
    inherited: [program.fd, startFd, ...kept],
    consoleFd: setting.consoleFd,
    cpuSeconds: setting.cpuSeconds,
  });
  let fault: string | undefined;
  const guest = watchGuest(libc, pid, (stop) => {
    fault ??= explainFault(stop, program.symbolAt);
  });
  writeSync(startFd, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  const ended = guest.ended.then((end): GuestEnd => {
    const failure = failureOf(launcher, ownFd);
    if (failure === undefined) return explainEnd(end, setting, fault);
    return { kind: 'ended', fault: 'host', message: `cannot start the guest: ${failure}` };
  });
  return { ended, kill: guest.kill, traced: guest.traced };
}

/** Starts a unikernel for spt: a process of its own, which has nothing but its memory and its devices. */
export function runSpt(setting: ProcessSetting, launch: GuestLaunch<ElfProgram>): RunningGuest {
  const { program, devices, onLog, onPhase } = launch;
  if (process.arch !== 'x64') throw new TenderError('unikernels for spt need a machine of x86_64');
  const { libc, missing } = findNative();
  if (libc === undefined) throw new TenderError(`cannot run unikernels: ${missing}`);
  requireSeccomp(libc);
  const fds = new OpenFds();
  let running: ReturnType<typeof start>;
  try {
    running = start(libc, fds, setting, launch);
  } catch (error) {
    fds.close();
    throw error;
  }
  onPhase?.('spawn', process.hrtime.bigint());
  const faults = running.traced ? 'faults are explained' : 'faults are not explained: no ptrace';
  onLog?.('info', `guest runs: spt, ${setting.memory} MiB, ${faults}`);
  const ended = running.ended.finally(() => {
    fds.close();
    program.close();
    for (const device of devices) device.close();
    onPhase?.('exit', process.hrtime.bigint());
  });
  return { ended, kill: running.kill };
}
