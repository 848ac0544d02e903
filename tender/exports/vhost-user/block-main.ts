// The process that is the disk of one virtual machine: vhost-user-blk on our own queue, executor and file device.
import type { BlockDevice } from '../../block/block-device.ts';
import { createFileDevice } from '../../block/file-device.ts';
import { nativeFileCalls } from '../../block/native-file-calls.ts';
import { DEFAULT_SECTOR_SIZE } from '../../block/open-block-device.ts';
import { createVirtioBlock } from '../../devices/block/virtio-block.ts';
import { createAwaitedDevice } from '../../fetcher/awaited-device.ts';
import { openAwaited } from '../../fetcher/open-awaited.ts';
import type { Libc } from '../../native/libc.ts';
import { type BackEndConfig, IMAGE_FD } from './back-end-config.ts';
import { runBackEnd } from './run-back-end.ts';

/** What a machine's serial number says; at most 20 characters are told. */
const NAME = 'docteur';

/** What the process may have beside what it has at its start, in MiB: requests leave nothing behind. */
const MEMORY_MIB = 16;
/** The same for an image elsewhere: what is kept of it, and what requests under way hold beside. */
const FETCHED_MEMORY_MIB = 64;
/** Of an image elsewhere, in bytes. */
const CACHE_BYTES = 8 * 1024 * 1024;

function openFile({ name, size }: BackEndConfig, libc: Libc): BlockDevice {
  return createFileDevice({
    path: name,
    fd: IMAGE_FD,
    // Front ends need not tell their machines of larger ones.
    sectorSize: DEFAULT_SECTOR_SIZE,
    capacity: size / DEFAULT_SECTOR_SIZE,
    writable: false,
    files: nativeFileCalls(libc),
  });
}

/** Firmware flushes disks that are read-only, and gives up where that fails. */
const virtioBlock = (device: BlockDevice) => createVirtioBlock(NAME, { ...device, flush() {} });

// Only behind Node's own start: the jail lets nobody make an io_uring.
setImmediate(() =>
  runBackEnd(
    ({ isFetched }) => (isFetched ? FETCHED_MEMORY_MIB : MEMORY_MIB),
    (config, libc, onFault) => {
      if (!config.isFetched) return virtioBlock(openFile(config, libc));
      const awaited = openAwaited(libc, IMAGE_FD, config.size, CACHE_BYTES);
      const device = createAwaitedDevice(awaited, DEFAULT_SECTOR_SIZE, onFault);
      return { ...virtioBlock(device), awaited };
    },
  ),
);
