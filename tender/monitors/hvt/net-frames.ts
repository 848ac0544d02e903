import { constants } from 'node:os';
import { HostError } from '../../base/errors.ts';
import { RequestError } from '../../block/block-device.ts';
import { POLLOUT } from '../../native/constants.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import type { NetDevice } from '../../net/net-device.ts';
import type { Frames } from './hypercalls.ts';
import { createPoller } from './poll.ts';

const { EAGAIN, EINTR, EINVAL, EMSGSIZE, ENOBUFS } = constants.errno;
/** Of an Ethernet frame, with a VLAN's tag. */
const FRAME_HEADER = 18;
/** Frames that a reader has not taken make a writer wait. */
const FOREVER = 2n ** 62n;

/** The frames of a device; they go straight between its descriptor and the guest's memory. */
export function openFrames(libc: Libc, { fd, mtu }: NetDevice): Frames & { close(): void } {
  const poller = createPoller(libc, [fd], POLLOUT);
  let open = true;
  const most = mtu + FRAME_HEADER;

  function fail(doing: string, result: number): never {
    throw new HostError(
      `Fatal error when ${doing}: ${new SyscallError('network', -result).message}`,
    );
  }
  function write(from: Uint8Array<ArrayBuffer>): void | Promise<void> {
    if (from.length === 0 || from.length > most) {
      throw new RequestError(`a frame of ${from.length} bytes, not 1 to ${most}`);
    }
    const result = libc.raw('write', fd, addressOf(libc, from), from.length);
    if (result === -EMSGSIZE || result === -EINVAL) throw new RequestError('not a frame');
    if (result === -EAGAIN || result === -EINTR || result === -ENOBUFS) {
      return Promise.resolve(poller.wait(FOREVER)).then(() => (open ? write(from) : undefined));
    }
    if (result < 0) fail('writing', result);
  }
  return {
    read(into) {
      // None is longer.
      const length = Math.min(into.length, most);
      if (length === 0) return undefined;
      const result = libc.raw('read', fd, addressOf(libc, into), length);
      if (result > 0) return result;
      if (result === 0 || result === -EAGAIN || result === -EINTR) return undefined;
      return fail('reading', result);
    },
    write,
    close() {
      open = false;
      poller.close();
    },
  };
}

function addressOf(libc: Libc, bytes: Uint8Array<ArrayBuffer>): bigint {
  return libc.address(bytes.buffer) + BigInt(bytes.byteOffset);
}
