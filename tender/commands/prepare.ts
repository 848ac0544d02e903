import { MAX_COMMAND_LINE, type Manifest } from '#abi';
import { TenderError, UsageError } from '../base/errors.ts';
import type { ReadCount } from '../block/filters/counted.ts';
import { DEVICE_KINDS } from '../devices/index.ts';
import type { DeviceOptions } from '../devices/kind.ts';
import type { FoundGuest } from '../monitors/index.ts';
import type { Device } from '../virtio/device.ts';
import { type CoreOptions, defaultOptions, handleCoreOption } from './core-options.ts';

/** A guest that passed every check, with its devices open. */
export interface Prepared {
  /** For the monitor of this kind of guest. */
  readonly program: unknown;
  readonly devices: readonly Device[];
  /** Counts what is read from them. */
  readonly reads: ReadCount;
  readonly options: CoreOptions;
}

function checkAttached(manifest: Manifest, devices: readonly Device[]): void {
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

/** Puts devices in the manifest's order, whatever their kinds. */
function sortDevices(devices: Device[], { devices: declared }: Manifest): void {
  const place = ({ name }: Device) => declared.findIndex((device) => device.name === name);
  devices.sort((a, b) => place(a) - place(b));
}

function handleOptions(
  given: readonly string[],
  options: CoreOptions,
  kinds: readonly DeviceOptions[],
): void {
  for (const option of given) {
    if (handleCoreOption(option, options)) continue;
    if (kinds.some((kind) => kind.handleArg(option))) continue;
    throw new UsageError(`Invalid option: '${option}'`);
  }
}

/** @throws {TenderError} if they are longer than a guest accepts */
export function checkGuestArguments(guestArguments: readonly string[]): void {
  if (Buffer.byteLength(guestArguments.join(' ')) > MAX_COMMAND_LINE) {
    throw new TenderError(`Guest command line too long (max=${MAX_COMMAND_LINE} characters)`);
  }
}

/**
 * Makes Solo5's checks in Solo5's order: the guest, its manifest, the options, the memory, the sizes of the
 * devices, and whether all devices are attached.
 * @param given the tender's options, in order
 * @param guest is read; closed on failure
 * @throws {TenderError}
 */
export async function prepare(
  given: readonly string[],
  guest: FoundGuest,
  guestArguments: readonly string[],
): Promise<Prepared> {
  const { program, manifest, fit } = guest.read();
  const options = defaultOptions();
  const kinds = DEVICE_KINDS.map((kind) => kind.createOptions(manifest.devices));
  const reads: ReadCount = { requests: 0, bytes: 0 };
  const devices: Device[] = [];
  try {
    handleOptions(given, options, kinds);
    fit(options.memory);
    for (const kind of kinds) devices.push(...(await kind.setup(reads)));
    sortDevices(devices, manifest);
    checkAttached(manifest, devices);
    checkGuestArguments(guestArguments);
    return { program, devices, reads, options };
  } catch (error) {
    guest.close();
    for (const kind of kinds) kind.close();
    for (const device of devices) device.close();
    throw error;
  }
}
