import { TenderError } from '../base/errors.ts';
import { DEVICE_KINDS } from '../devices/index.ts';
import { type FoundGuest, findGuest } from '../monitors/index.ts';
import type { GuestEnd, RunningGuest } from '../monitors/monitor.ts';
import { checkRunOptions } from './check-run.ts';
import { checkCpu, checkHvt, checkSandbox, defaultOptions } from './core-options.ts';
import { checkGuestArguments } from './prepare.ts';
import type { RunGuestOptions } from './run-guest-options.ts';

async function launch(options: RunGuestOptions): Promise<RunningGuest> {
  const found = await findGuest(options.guest);
  try {
    options.signal?.throwIfAborted();
    return launchFound(found, options);
  } catch (error) {
    found.close();
    throw error;
  }
}

function launchFound(found: FoundGuest, options: RunGuestOptions): RunningGuest {
  const { program, manifest, fit } = found.read();
  const given = options.arguments ?? [];
  checkGuestArguments(given);
  for (const name of Object.keys(options.devices ?? {})) {
    if (manifest.devices.some((declared) => declared.name === name)) continue;
    throw new TenderError(`Resource not declared in manifest: '${name}'`);
  }
  const devices = manifest.devices.map(({ name, type }) => {
    const given = options.devices?.[name];
    const kind = DEVICE_KINDS.find((known) => known.type === type);
    if (given === undefined || kind === undefined) {
      throw new TenderError(`Device '${name}' of type ${type} declared but not attached.`);
    }
    const device = kind.adopt(name, given);
    if (device === undefined) throw new TenderError(`Device '${name}' is not of type ${type}`);
    return device;
  });
  const { memory, sandbox, hvt } = defaultOptions();
  const setting = {
    memory: options.memory ?? memory,
    sandbox: options.sandbox ?? sandbox,
    codeCache: options.codeCache ?? true,
    consoleFd: options.consoleFd ?? 1,
    cpuSeconds: options.cpuSeconds ?? 0,
    hvt: options.hvt ?? hvt,
  };
  if (options.cpuSeconds !== undefined) checkCpu(options.cpuSeconds);
  fit(setting.memory);
  checkSandbox(setting.sandbox);
  checkHvt(setting.hvt);
  return found.monitor.warmUp(setting).run({ program, arguments: given, devices });
}

/**
 * Runs one guest to its end, as the command `tender` does.
 * @returns why it ended; a guest's failure is a value, not an error
 * @throws {TenderError} where an option, the guest's file, its manifest or its devices are wrong
 */
export async function runGuest(options: RunGuestOptions): Promise<GuestEnd> {
  checkRunOptions(options);
  options.signal?.throwIfAborted();
  const running = await launch(options);
  options.signal?.addEventListener('abort', running.kill, { once: true });
  const end = await running.ended;
  options.signal?.removeEventListener('abort', running.kill);
  return end;
}
