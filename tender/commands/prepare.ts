import { MAX_COMMAND_LINE, type Manifest } from '#abi';
import { TenderError, UsageError } from '../base/errors.ts';
import type { NamedDevice } from '../block/block-device.ts';
import { createBlockModule } from '../devices/block/options.ts';
import type { DeviceModule } from '../devices/module.ts';
import { readGuest } from '../guests/guest-file.ts';
import { type CoreOptions, checkMemory, defaultOptions, handleCoreOption } from './core-options.ts';

/** A guest that passed every check, with its devices open. */
export interface Prepared {
  readonly source: Uint8Array;
  readonly devices: readonly NamedDevice[];
  readonly options: CoreOptions;
}

function checkAttached(manifest: Manifest, devices: readonly NamedDevice[]): void {
  const missing = manifest.devices.filter(
    ({ name }) => !devices.some((device) => device.name === name),
  );
  if (missing.length === 0) return;
  const lines = missing.map(
    ({ name, type }) => `Device '${name}' of type ${type} declared but not attached.`,
  );
  lines.push('All declared devices must be attached. See --help for syntax.');
  throw new TenderError(lines.join('\n'));
}

function handleOptions(
  given: readonly string[],
  options: CoreOptions,
  modules: readonly DeviceModule[],
): void {
  for (const option of given) {
    if (handleCoreOption(option, options)) continue;
    if (modules.some((module) => module.handleArg(option))) continue;
    throw new UsageError(`Invalid option: '${option}'`);
  }
}

/** @throws {TenderError} where they are longer than a guest takes */
export function checkGuestArguments(guestArguments: readonly string[]): void {
  if (Buffer.byteLength(guestArguments.join(' ')) > MAX_COMMAND_LINE) {
    throw new TenderError(`Guest command line too long (max=${MAX_COMMAND_LINE} characters)`);
  }
}

/**
 * Makes Solo5's checks in Solo5's order: the guest, its manifest, the options, memory, the devices'
 * sizes, that all are attached.
 * @param given the tender's options, in order
 * @param guest the guest's file
 * @throws {TenderError}
 */
export function prepare(
  given: readonly string[],
  guest: string,
  guestArguments: readonly string[],
): Prepared {
  const { source, manifest } = readGuest(guest);
  const options = defaultOptions();
  const modules = [createBlockModule(manifest.devices)];
  let devices: NamedDevice[] = [];
  try {
    handleOptions(given, options, modules);
    checkMemory(options.memory);
    devices = modules.flatMap((module) => module.setup());
    checkAttached(manifest, devices);
    checkGuestArguments(guestArguments);
    return { source, devices, options };
  } catch (error) {
    for (const module of modules) module.close();
    for (const { device } of devices) device.close();
    throw error;
  }
}
