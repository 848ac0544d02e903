// The process that serves NBD clients: it parses what strangers send, so the kernel takes everything else from it.

import { createFileDevice } from '../../../block/file-device.ts';
import { checkDevice } from '../../../block/filters/checked.ts';
import { nativeFileCalls } from '../../../block/native-file-calls.ts';
import { checkCapacity, DEFAULT_SECTOR_SIZE } from '../../../block/open-block-device.ts';
import { installJail, prepareServerFilter } from '../../../jail/install.ts';
import { Arena } from '../../../native/arena.ts';
import { RLIMIT_NOFILE } from '../../../native/constants.ts';
import { exitProcess, type Libc, loadLibc } from '../../../native/libc.ts';
import { CHANNEL_FD, FIRST_GIVEN_FD, tell as tellAnything } from '../../confined/channel.ts';
import { BUFFER_BYTES } from '../buffer-pool.ts';
import { ExportList, type ExportOptions } from '../exports.ts';
import { MAX_BUFFERS } from '../limits.ts';
import { ClientLoop } from './loop.ts';
import type { NbdConfig, NbdProcessEvent } from './nbd-config.ts';

/** Numbers of descriptors that Node has taken, or may. */
const OWN_DESCRIPTORS = 32;
/** Bytes of what the process may hold beside what each client may make it hold. */
const OWN_BYTES = 16 << 20;
/** Of a client: answers on their way, and what it said meanwhile. */
const CLIENT_BYTES = MAX_BUFFERS * BUFFER_BYTES + (256 << 10);

const tell: (event: NbdProcessEvent) => void = tellAnything;

/** Descriptors that this process may have, whatever it would like. */
function mostDescriptors(libc: Libc): number {
  const arena = new Arena(libc);
  const { buffer, address } = arena.allot(16);
  libc.call('prlimit64', 0, RLIMIT_NOFILE, 0, address);
  const [, hard = 0n] = new BigUint64Array(buffer);
  arena.release();
  return Number(hard);
}

function openExports(libc: Libc, { images, listeners }: NbdConfig): ExportOptions[] {
  const files = nativeFileCalls(libc);
  return images.map(({ name, description, size }, index) => {
    const sectorSize = DEFAULT_SECTOR_SIZE;
    const capacity = checkCapacity(name, size, sectorSize);
    const fd = FIRST_GIVEN_FD + listeners + index;
    const file = createFileDevice({ path: name, fd, sectorSize, capacity, writable: false, files });
    return { name, description, device: checkDevice(file) };
  });
}

function main(): never {
  try {
    const config = JSON.parse(process.argv[2] ?? '') as NbdConfig;
    const { koffi, landlock, maxConnections } = config;
    const libc = loadLibc(koffi);
    const listeners = Array.from({ length: config.listeners }, (_, at) => FIRST_GIVEN_FD + at);
    const exports = new ExportList();
    exports.replace(openExports(libc, config));
    const loop = new ClientLoop(libc, {
      exports,
      listeners,
      channel: CHANNEL_FD,
      maxConnections,
      events: {
        onConnect: (client) => tell({ event: 'connect', client }),
        onExport: (client, name) => tell({ event: 'export', client, export: name }),
        onEnd: (client, end) => tell({ event: 'disconnect', client, ...end }),
        onRefused: (reason) => tell({ event: 'refused', reason }),
        onFailure: ({ message }) => tell({ event: 'failure', message }),
        onTraffic: (bytes) => tell({ event: 'traffic', bytes }),
      },
    });
    const wanted = OWN_DESCRIPTORS + listeners.length + config.images.length + maxConnections;
    installJail(libc, prepareServerFilter(libc, listeners), {
      memory: Math.ceil((OWN_BYTES + maxConnections * CLIENT_BYTES) / 2 ** 20),
      landlock,
      descriptors: Math.min(wanted, mostDescriptors(libc)),
    });
    tell({ event: 'ready' });
    loop.run();
    return exitProcess(0);
  } catch (error) {
    tell({ event: 'broken', message: (error as Error).message });
    return exitProcess(1);
  }
}

// Only behind Node's own start: the jail lets nobody make an io_uring.
setImmediate(main);
