import type { ElfProgram } from '../../guests/elf/elf-reader.ts';
import { POLLIN } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import type { Device } from '../../virtio/device.ts';
import { openConsole } from './console.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { HvtDevice, HypercallContext } from './hypercalls.ts';
import { openFrames } from './net-frames.ts';
import { createPoller } from './poll.ts';

const CLOCK_REALTIME = 0;
const NS_PER_S = 1_000_000_000n;

/** The state of a guest's hypercalls, until it is closed. */
export interface OpenContext extends HypercallContext {
  /** Ends all waiting. Devices and console remain the caller's. */
  close(): void;
}

function wallClock(libc: Libc): () => bigint {
  const time = new BigInt64Array(new ArrayBuffer(16));
  const address = libc.address(time.buffer);
  return () => {
    libc.raw('clock_gettime', CLOCK_REALTIME, address);
    return (time[0] as bigint) * NS_PER_S + (time[1] as bigint);
  };
}

/** What a guest's hypercalls reach on the host. */
export function openContext(
  libc: Libc,
  { manifest }: ElfProgram,
  devices: readonly Device[],
  consoleFd: number,
  memory: GuestMemory,
): OpenContext {
  const byHandle: (HvtDevice | undefined)[] = [];
  const nets: { readonly handle: number; readonly fd: number }[] = [];
  const output = openConsole(libc, consoleFd);
  const closers = [() => output.close()];
  for (const { name, handle } of manifest.devices) {
    const device = devices.find((one) => one.name === name);
    if (device?.net !== undefined) {
      const frames = openFrames(libc, device.net);
      closers.push(() => frames.close());
      nets.push({ handle, fd: device.net.fd });
      byHandle[handle] = { frames };
    } else byHandle[handle] = { blocks: device?.blocks };
  }
  const fds = nets.map(({ fd }) => fd);
  const poller = createPoller(libc, fds, POLLIN);
  closers.push(() => poller.close());
  function bitsOf(ready: readonly number[]): bigint {
    return ready.reduce((bits, place) => bits | (1n << BigInt(nets[place]?.handle ?? 0)), 0n);
  }
  return {
    memory,
    devices: byHandle,
    write: (bytes) => output.write(bytes),
    wallClock: wallClock(libc),
    poll(nanoseconds) {
      const ready = poller.wait(nanoseconds);
      return ready instanceof Promise ? ready.then(bitsOf) : bitsOf(ready);
    },
    close() {
      for (const close of closers) close();
    },
  };
}
