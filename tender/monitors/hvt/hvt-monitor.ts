import { accessSync, constants, existsSync } from 'node:fs';
import { TenderError } from '../../base/errors.ts';
import type { ElfProgram } from '../../guests/elf/elf-reader.ts';
import { lockDevices } from '../lock-devices.ts';
import type { GuestEnd, GuestLaunch, ProcessSetting, RunningGuest } from '../monitor.ts';
import { findNative } from '../node/native.ts';
import type { HvtEngine } from '../sandbox.ts';
import { type Engine, UnfitEngine } from './engine.ts';
import { kvmEngine } from './kvm/kvm-engine.ts';
import { processEngine } from './process/process-engine.ts';
import { runOn } from './run-on.ts';

const KVM_DEVICE = '/dev/kvm';
/** The KVM modules that use hardware virtualization: others interpret much of a guest. */
const HARDWARE = ['/sys/module/kvm_intel', '/sys/module/kvm_amd'];

/** Whether KVM may be able to run guests here; only starting one tells. */
function mayHaveKvm(): boolean {
  try {
    accessSync(KVM_DEVICE, constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  return HARDWARE.some((path) => existsSync(path));
}

/** Engines to try, in order. */
function enginesFor(choice: HvtEngine): [Engine, ...Engine[]] {
  if (choice === 'process') return [processEngine];
  if (choice === 'kvm') return [kvmEngine(false)];
  return mayHaveKvm() ? [kvmEngine(true), processEngine] : [processEngine];
}

/**
 * Starts a unikernel for hvt, which then closes devices and program.
 * @throws {TenderError} or {HostError} where it cannot be started
 */
export function runHvt(setting: ProcessSetting, launch: GuestLaunch<ElfProgram>): RunningGuest {
  const { libc, missing } = findNative();
  if (libc === undefined) throw new TenderError(`cannot run unikernels: ${missing}`);
  const [first, ...others] = enginesFor(setting.hvt);
  const { onLog, onPhase, devices, program } = launch;
  lockDevices(launch, libc);
  let killed = false;
  const startOn = (engine: Engine) => {
    onLog?.('info', `guest runs: hvt, ${engine.name}, ${setting.memory} MiB`);
    return runOn(libc, engine, setting, launch);
  };
  let run = startOn(first);

  async function runToEnd(): Promise<GuestEnd> {
    let end = await run.ended;
    for (const engine of others) {
      if (!(end instanceof UnfitEngine) || killed) break;
      onLog?.('info', end.message);
      run = startOn(engine);
      end = await run.ended;
    }
    if (!(end instanceof UnfitEngine)) return end;
    return { kind: 'ended', fault: 'host', message: `${end.message}: --hvt=process does without` };
  }
  async function watch(): Promise<GuestEnd> {
    try {
      return await runToEnd();
    } catch (error) {
      return { kind: 'ended', fault: 'host', message: (error as Error).message };
    } finally {
      for (const device of devices) device.close();
      program.close();
      onPhase?.('exit', process.hrtime.bigint());
    }
  }
  return {
    ended: watch(),
    kill() {
      killed = true;
      run.kill();
    },
  };
}
