import { closeSync } from 'node:fs';
import { TenderError } from '../base/errors.ts';
import { findKoffi } from '../native/koffi.ts';
import { type Libc, loadLibc } from '../native/libc.ts';
import { adoptDescriptor } from './adopt-descriptor.ts';
import type { NetDevice } from './net-device.ts';
import { openTap } from './open-tap.ts';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/** An address as people write it; undefined where it is none that an interface may have. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!MAC.test(text)) return undefined;
  const bytes = Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16));
  // The lowest bit of the first byte marks addresses of groups.
  const isOne = ((bytes[0] as number) & 1) === 0 && bytes.some((byte) => byte !== 0);
  return isOne ? bytes : undefined;
}

/** An address of nobody's, marked as given out by the tender itself. */
function makeMac(libc: Libc): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(6));
  libc.call('getrandom', libc.address(bytes.buffer), bytes.length, 0);
  bytes[0] = ((bytes[0] as number) & 0xfe) | 2;
  return bytes;
}

function loadNative(): Libc {
  try {
    return loadLibc(findKoffi(import.meta.url));
  } catch (error) {
    throw new TenderError(`no network here: ${(error as Error).message}`);
  }
}

/**
 * Opens a network interface for a guest, for programs that use the library.
 * @param name of a tap, which is there and up; or `@FD`, a descriptor of this process: a tap, or a socket of
 * datagrams or packets, the device's to close from then on
 * @param mac `02:…`; made up if absent
 * @throws {TenderError}
 */
export function openNetDevice(name: string, mac?: string): NetDevice {
  const given = mac === undefined ? undefined : parseMac(mac);
  if (mac !== undefined && given === undefined) {
    throw new TenderError(
      `MAC address must be six bytes, none of a group, as in 02:00:00:00:00:01, not '${mac}'`,
    );
  }
  const libc = loadNative();
  const address = given ?? makeMac(libc);
  const [, number] = /^@([0-9]{1,9})$/.exec(name) ?? [];
  const { fd, mtu } =
    number === undefined ? openTap(libc, name) : adoptDescriptor(libc, Number(number));
  let isOpen = true;
  return {
    fd,
    mtu,
    mac: address,
    close() {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}
