import { closeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pid } from 'node:process';
import { EXIT_ABORT } from '#abi';
import type { ElfProgram } from '../../guests/elf/elf-reader.ts';
import type { Libc } from '../../native/libc.ts';
import { Spinner } from '../../transport/spinner.ts';
import type { GuestEnd, GuestLaunch, ProcessSetting } from '../monitor.ts';
import { openContext } from './context.ts';
import { dumpCore } from './dump-core.ts';
import { type Engine, type Processor, UnfitEngine } from './engine.ts';
import { explainEnd, explainFailure } from './explain.ts';
import { GuestMemory } from './guest-memory.ts';
import { type Served, serveHypercall } from './hypercalls.ts';
import { CONTROL_PAGE } from './launch/layout.ts';
import { LAUNCH_FAILED, type LaunchStep } from './launch/program.ts';
import {
  createSharedFile,
  explainFailedLaunch,
  type GuestProcess,
  type ProcessEnd,
  type SharedFile,
  startProcess,
} from './launch/start.ts';
import { loadSegments, protectedRanges, writeBootInfo } from './load-guest.ts';
import { takeTurns } from './turns.ts';

/** How often the guest's side looks before it sleeps, if there are cores enough: some microseconds. */
const SPINS = 200;

/** A guest on one engine. */
export interface Run {
  /** Settles when the process is gone: how the guest ended, or why this engine cannot run it. */
  readonly ended: Promise<GuestEnd | UnfitEngine>;
  kill(): void;
}

interface Started {
  readonly shared: SharedFile;
  readonly memory: GuestMemory;
  readonly processor: Processor;
  readonly process: GuestProcess;
  readonly steps: readonly LaunchStep[];
}

/** @throws {TenderError} or {HostError} where it cannot be started */
function start(
  libc: Libc,
  engine: Engine,
  { memory: mebibytes, cpuSeconds }: ProcessSetting,
  launch: GuestLaunch<ElfProgram>,
): Started {
  const { program, devices } = launch;
  const image = program.layout(mebibytes);
  const shared = createSharedFile(libc, image.memory);
  try {
    const buffer = shared.mapping.view(0, image.memory);
    const memory = new GuestMemory(buffer, protectedRanges(image));
    loadSegments(program, image, buffer);
    const processor = engine.attach(shared, memory, image);
    const commandLine = [...(launch.levels ?? []), ...launch.arguments].join(' ');
    const { cycleFrequency } = processor;
    writeBootInfo({ program, image, devices, commandLine, cycleFrequency }, buffer);
    const spins = availableParallelism() > 1 ? SPINS : 1;
    const built = engine.buildProgram({ image, tenderPid: pid, cpuSeconds, spins }, shared.fd);
    const process = startProcess(libc, built, shared);
    return { shared, memory, processor, process, steps: built.steps };
  } catch (error) {
    closeSync(shared.fd);
    shared.mapping.unmap();
    throw error;
  }
}

/**
 * Runs a guest on an engine. Devices and program stay the caller's, and are used until the end.
 * @throws {TenderError} or {HostError} where it cannot be started
 */
export function runOn(
  libc: Libc,
  engine: Engine,
  setting: ProcessSetting,
  launch: GuestLaunch<ElfProgram>,
): Run {
  const { program, devices } = launch;
  const { shared, memory, processor, process, steps } = start(libc, engine, setting, launch);
  launch.onPhase?.('spawn', globalThis.process.hrtime.bigint());
  const context = openContext(libc, program, devices, setting.consoleFd, memory);
  let reason: GuestEnd | UnfitEngine | undefined;
  let ran = false;
  let finished = false;
  let mapped = true;
  let settle: (end: GuestEnd | UnfitEngine) => void = () => {};
  const ended = new Promise<GuestEnd | UnfitEngine>((resolve) => {
    settle = resolve;
  });

  function release(): void {
    if (!finished || !mapped || turns.inUse) return;
    mapped = false;
    shared.mapping.unmap();
  }
  function explain(end: ProcessEnd): GuestEnd {
    if (ran || !('status' in end) || end.status !== LAUNCH_FAILED) {
      return explainEnd(end, setting.cpuSeconds);
    }
    const control = new DataView(shared.mapping.view(shared.memorySize, CONTROL_PAGE));
    const message = `cannot start the guest: ${explainFailedLaunch(control, steps)}`;
    return { kind: 'ended', fault: 'host', message };
  }
  /** The process is gone. */
  function finish(end: ProcessEnd): void {
    if (finished) return;
    finished = true;
    turns.stop();
    context.close();
    closeSync(shared.fd);
    const result = reason ?? explain(end);
    release();
    settle(result);
  }
  function endWith(why: GuestEnd | UnfitEngine | undefined): void {
    if (finished) return;
    reason ??= why;
    turns.stop();
    process.kill();
    process.waitForEnd(finish);
  }
  function goesOn(served: Served): boolean {
    if (served === undefined) return true;
    const { cookie, status } = served;
    if (status === EXIT_ABORT && setting.dumpCore !== undefined) {
      const aborted = {
        shared,
        memory,
        registers: processor.registers(),
        cookie,
        pid: process.pid,
      };
      launch.onLog?.('warn', dumpCore(libc, setting.dumpCore, aborted));
    }
    endWith({ kind: 'exit', status });
    return false;
  }
  const events = {
    serve(): boolean | Promise<boolean> {
      ran = true;
      const asked = processor.takeTurn();
      if (asked === undefined) return true;
      const served = serveHypercall(context, asked.port, asked.value);
      return served instanceof Promise ? served.then(goesOn) : goesOn(served);
    },
    onEnd: finish,
    onFailure(error: Error) {
      if (error instanceof UnfitEngine) endWith(error);
      else endWith(explainFailure(error, () => program.symbolAt(processor.where())));
    },
  };
  const spinner = new Spinner(availableParallelism() > 1);
  const turns = takeTurns(libc, process, shared, spinner, events, release);
  return { ended, kill: () => endWith(undefined) };
}
