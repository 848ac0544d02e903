// The process that is the disk of one virtual machine: vhost-user-blk on our own queue, executor and file device.
import { createFileDevice } from '../../block/file-device.ts';
import { nativeFileCalls } from '../../block/native-file-calls.ts';
import { DEFAULT_SECTOR_SIZE } from '../../block/open-block-device.ts';
import { createVirtioBlock } from '../../devices/block/virtio-block.ts';
import { IMAGE_FD } from './back-end-config.ts';
import { runBackEnd } from './run-back-end.ts';

/** What a machine's serial number says; at most 20 characters are told. */
const NAME = 'docteur';

/** What the process may have beside what it has at its start, in MiB: requests leave nothing behind. */
const MEMORY_MIB = 16;

// Only behind Node's own start: the jail lets nobody make an io_uring.
setImmediate(() =>
  runBackEnd(MEMORY_MIB, ({ name, size }, libc) => {
    const file = createFileDevice({
      path: name,
      fd: IMAGE_FD,
      // Front ends need not tell their machines of larger ones.
      sectorSize: DEFAULT_SECTOR_SIZE,
      capacity: size / DEFAULT_SECTOR_SIZE,
      writable: false,
      files: nativeFileCalls(libc),
    });
    // Firmware flushes disks that are read-only, and gives up where that fails.
    return createVirtioBlock(NAME, { ...file, flush() {} });
  }),
);
