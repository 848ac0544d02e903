import type { Libc } from '../native/libc.ts';
import type { GuestLaunch } from './monitor.ts';

/**
 * Locks what a guest's devices stand for, against other programs.
 * @param libc undefined if this system has none
 * @throws {HostError} where one is in use
 */
export function lockDevices(
  { devices, onLog }: Pick<GuestLaunch<unknown>, 'devices' | 'onLog'>,
  libc: Libc | undefined,
): void {
  for (const device of devices) {
    const warning = device.lock?.(libc);
    if (warning !== undefined) onLog?.('warn', `${device.name}: ${warning}`);
  }
}
