import type { FuseServer } from '../../../guest/host/fuse/index.ts';
import { byteLength, copyOf, copyTo } from '../../../tender/base/buffers.ts';
import type { BackEndDevice } from '../../../tender/exports/vhost-user/back-end-device.ts';

/** Requests and answers of a virtio file system (virtio 1.2, section 5.11): one queue for each urgency. */
const QUEUES = 2;
/** Most bytes of a request that are looked at: a longer one could only be a write. */
const MAX_REQUEST = 128 * 1024;
/** Most bytes of an answer: what Linux asks for at once, and a head. */
const MAX_REPLY = (1 << 20) + 4096;

/** Files of an image as a device of a virtual machine: requests of FUSE, in chains of descriptors. */
export function createFsDevice(server: FuseServer): BackEndDevice {
  const scratch = new Uint8Array(MAX_REPLY);
  return {
    features: 0,
    // The front end itself has the tag, and tells of it.
    config: new Uint8Array(0),
    queues: QUEUES,
    serve(_queue, { readable, writable }) {
      // A copy: the machine may change its memory at any time.
      const request = copyOf(readable, Math.min(byteLength(readable), MAX_REQUEST));
      const room = Math.min(byteLength(writable), MAX_REPLY);
      const reply = room === MAX_REPLY ? scratch : scratch.subarray(0, room);
      const length = server.handle(request, reply);
      copyTo(writable, reply.subarray(0, length));
      return { front: length, back: 0 };
    },
  };
}
