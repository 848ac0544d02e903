// The process that is a file system of one virtual machine: the same loop as a disk's, with FUSE in its queues.
import { type ByteSource, type Oid, parseOid } from '#format';
import { createHostInflater } from '#format/host';
import { FuseServer } from '../../../guest/host/fuse/index.ts';
import { newNodeSha1 } from '../../../guest/host/node-sha1.ts';
import { LineCache } from '../../../guest/reader/cache/line-cache.ts';
import { type MountOptions, mount } from '../../../guest/reader/index.ts';
import { createFileDevice } from '../../../tender/block/file-device.ts';
import {
  type BackEndConfig,
  IMAGE_FD,
} from '../../../tender/exports/vhost-user/back-end-config.ts';
import { runBackEnd } from '../../../tender/exports/vhost-user/run-back-end.ts';
import { openAwaited } from '../../../tender/fetcher/open-awaited.ts';
import { mountAwaited } from '../../mount/mount-awaited.ts';
import { createFsDevice } from './fs-device.ts';

const SECTOR = 512;
const LINE_BYTES = 32 * 1024;
const LINES_BYTES = 2 * 1024 * 1024;
/** What the process may have beside what it has at its start, in MiB: one object, and the caches. */
const MEMORY_MIB = 512;
/** The machine's root. */
const OWNER = { uid: 0, gid: 0 };
/** Kept of an image elsewhere, in bytes. */
const FETCHED_BYTES = 16 * 1024 * 1024;

function openFile({ name, size }: BackEndConfig): ByteSource {
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
  return { size, window: (offset, want) => lines.window(offset, want) };
}

// Only behind Node's own start: the jail lets nobody make an io_uring.
setImmediate(() =>
  runBackEnd(
    () => MEMORY_MIB,
    (config, libc, onFault) => {
      // Loaded while there are files.
      newNodeSha1();
      const options: MountOptions = {
        inflater: createHostInflater(),
        newHash: newNodeSha1,
        onWarning: onFault,
        ...(config.commit !== undefined && { commit: parseOid(config.commit) as Oid }),
      };
      const { size, isFetched } = config;
      const awaited = isFetched ? openAwaited(libc, IMAGE_FD, size, FETCHED_BYTES) : undefined;
      const { nodes } =
        awaited === undefined
          ? mount(openFile(config), options)
          : mountAwaited(libc, awaited, options);
      const server = new FuseServer(nodes, {
        ...OWNER,
        imageBytes: size,
        onFault(error, name) {
          const of = name.length > 0 ? `${Buffer.from(name).toString()}: ` : '';
          onFault(`${of}${error instanceof Error ? error.message : String(error)}`);
        },
      });
      const device = createFsDevice(server);
      return awaited === undefined ? device : { ...device, awaited };
    },
  ),
);
