import { availableParallelism } from 'node:os';
import { installJail, prepareBackEndFilter } from '../../jail/install.ts';
import { exitProcess, type Libc, loadLibc } from '../../native/libc.ts';
import { Spinner } from '../../transport/spinner.ts';
import { CHANNEL_FD, tell as tellAnything } from '../confined/channel.ts';
import { type BackEndConfig, type BackEndEvent, LISTENER_FD } from './back-end-config.ts';
import type { BackEndDevice } from './back-end-device.ts';
import { kernelHost } from './kernel-host.ts';
import { serveFrontEnds } from './loop.ts';

/** A damaged image has no end of faults: as many are told. */
const MAX_FAULTS = 100;
/** Numbers below are for descriptors: a machine's memory and rings need some twenty. */
const DESCRIPTORS = 64;

const tell: (event: BackEndEvent) => void = tellAnything;

/**
 * The program of the process that is the device of one virtual machine: closes every door, serves front ends,
 * and ends when it is told to.
 * @param memoryFor in MiB, what the device may hold beside what Node has taken by then
 * @param createDevice of the image behind `IMAGE_FD`; called before the doors are closed
 */
export function runBackEnd(
  memoryFor: (config: BackEndConfig) => number,
  createDevice: (
    config: BackEndConfig,
    libc: Libc,
    onFault: (message: string) => void,
  ) => BackEndDevice,
): never {
  let faults = 0;
  let last = '';
  function onFault(message: string): void {
    // A network that is away fails every request in the same words.
    if (message === last) return;
    last = message;
    faults += 1;
    if (faults <= MAX_FAULTS) tell({ event: 'fault', message });
  }
  try {
    const config = JSON.parse(process.argv[2] ?? '') as BackEndConfig;
    const libc = loadLibc(config.koffi);
    const device = createDevice(config, libc, onFault);
    // Finds the code cold otherwise, with a machine waiting.
    device.rehearse?.();
    const spinner = new Spinner(availableParallelism() > 1);
    const host = kernelHost(libc, config.unsealed);
    const filter = prepareBackEndFilter(libc, LISTENER_FD);
    const { landlock } = config;
    // The first write goes by code that may ask for more than the jail gives.
    tell({ event: 'ready' });
    const memory = memoryFor(config);
    installJail(libc, filter, { memory, landlock, descriptors: DESCRIPTORS });
    serveFrontEnds(libc, {
      device,
      host,
      listener: LISTENER_FD,
      retire: CHANNEL_FD,
      spinner,
      events: {
        onConnect: () => tell({ event: 'connect' }),
        onTraffic: (bytes) => tell({ event: 'traffic', bytes }),
        onDisconnect: (reason) => tell({ event: 'disconnect', reason }),
      },
    });
    return exitProcess(0);
  } catch (error) {
    tell({ event: 'broken', message: (error as Error).message });
    return exitProcess(1);
  }
}
