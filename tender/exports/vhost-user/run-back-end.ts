import { writeSync } from 'node:fs';
import { installJail, prepareBackEndFilter } from '../../jail/install.ts';
import { exitProcess, loadLibc } from '../../native/libc.ts';
import type { Device } from '../../virtio/device.ts';
import {
  type BackEndConfig,
  type BackEndEvent,
  CHANNEL_FD,
  LISTENER_FD,
} from './back-end-config.ts';
import { kernelHost } from './kernel-host.ts';
import { serveFrontEnds } from './loop.ts';

/** Of the jail, in MiB: what the device may hold beside what Node has taken by then. */
const MEMORY_MIB = 64;
/** Numbers below are for descriptors: a machine's memory and rings need some twenty. */
const DESCRIPTORS = 64;

function tell(event: BackEndEvent): void {
  try {
    writeSync(CHANNEL_FD, `${JSON.stringify(event)}\n`);
  } catch {
    // Whoever started this process has gone: the kernel ends it too.
  }
}

/**
 * The program of the process that is the device of one virtual machine: closes every door, serves front ends,
 * and ends when it is told to.
 * @param createDevice of the image behind `IMAGE_FD`; called before the doors are closed
 */
export function runBackEnd(createDevice: (config: BackEndConfig) => Device): never {
  try {
    const config = JSON.parse(process.argv[2] ?? '') as BackEndConfig;
    const libc = loadLibc(config.koffi);
    const device = createDevice(config);
    // Finds the code cold otherwise, with a machine waiting.
    device.rehearse?.();
    const host = kernelHost(libc, config.unsealed);
    const filter = prepareBackEndFilter(libc, LISTENER_FD);
    const { landlock } = config;
    // The first write goes by code that may ask for more than the jail gives.
    tell({ event: 'ready' });
    installJail(libc, filter, { memory: MEMORY_MIB, landlock, descriptors: DESCRIPTORS });
    serveFrontEnds(libc, {
      device,
      host,
      listener: LISTENER_FD,
      retire: CHANNEL_FD,
      events: {
        onConnect: () => tell({ event: 'connect' }),
        onDisconnect: (reason) => tell({ event: 'disconnect', reason }),
      },
    });
    return exitProcess(0);
  } catch (error) {
    tell({ event: 'broken', message: (error as Error).message });
    return exitProcess(1);
  }
}
