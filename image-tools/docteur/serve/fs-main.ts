// The process that is a file system of one virtual machine: the same loop as a disk's, with FUSE in its queues.
import { createHostInflater } from '#format/host';
import { FuseServer } from '../../../guest/host/fuse/index.ts';
import { newNodeSha1 } from '../../../guest/host/node-sha1.ts';
import { LineCache } from '../../../guest/reader/cache/line-cache.ts';
import { mount } from '../../../guest/reader/index.ts';
import { createFileDevice } from '../../../tender/block/file-device.ts';
import { IMAGE_FD } from '../../../tender/exports/vhost-user/back-end-config.ts';
import { runBackEnd } from '../../../tender/exports/vhost-user/run-back-end.ts';
import { createFsDevice } from './fs-device.ts';

const SECTOR = 512;
const LINE_BYTES = 32 * 1024;
const LINES_BYTES = 2 * 1024 * 1024;
/** What the process may have beside what it has at its start, in MiB: one object, and the caches. */
const MEMORY_MIB = 512;
/** The machine's root. */
const OWNER = { uid: 0, gid: 0 };

// Only behind Node's own start: the jail lets nobody make an io_uring.
setImmediate(() =>
  runBackEnd(MEMORY_MIB, ({ name, size }, _libc, onFault) => {
    const file = createFileDevice({
      path: name,
      fd: IMAGE_FD,
      sectorSize: SECTOR,
      capacity: size / SECTOR,
      writable: false,
    });
    const lines = new LineCache(
      {
        size,
        blockSize: SECTOR,
        read(reads) {
          for (const { offset, into } of reads) void file.read(offset, [into]);
        },
      },
      new Uint8Array(LINES_BYTES),
      LINE_BYTES,
    );
    // Loaded while there are files.
    newNodeSha1();
    const { nodes } = mount(
      { size, window: (offset, want) => lines.window(offset, want) },
      { inflater: createHostInflater(), newHash: newNodeSha1, onWarning: onFault },
    );
    const server = new FuseServer(nodes, {
      ...OWNER,
      imageBytes: size,
      onFault(error, name) {
        const of = name.length > 0 ? `${Buffer.from(name).toString()}: ` : '';
        onFault(`${of}${error instanceof Error ? error.message : String(error)}`);
      },
    });
    return createFsDevice(server);
  }),
);
