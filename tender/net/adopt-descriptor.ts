import { fstatSync } from 'node:fs';
import { TenderError } from '../base/errors.ts';
import { Arena } from '../native/arena.ts';
import { F_GETFL, F_SETFL, O_NONBLOCK, SOL_SOCKET } from '../native/constants.ts';
import { type Libc, SyscallError } from '../native/libc.ts';
import { interfaceRequest, readMtu } from './interface.ts';
import type { OpenInterface } from './open-tap.ts';

const SO_TYPE = 3;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const TUNGETIFF = 0x800454d2;
const IFF_TAP = 2;
const FIRST = 3;
/** The default MTU, Ethernet's. */
const DEFAULT_MTU = 1500;

function socketType(libc: Libc, arena: Arena, fd: number): number {
  const value = arena.allot(4);
  const length = arena.words([4n]);
  libc.call('getsockopt', fd, SOL_SOCKET, SO_TYPE, value.address, length);
  return new DataView(value.buffer).getInt32(0, true);
}

function tapMtu(libc: Libc, arena: Arena, fd: number): number {
  const request = interfaceRequest(libc, arena, '');
  request.ask(fd, TUNGETIFF);
  if ((request.value.getUint16(0, true) & IFF_TAP) === 0) throw new RangeError('not of frames');
  return readMtu(libc, request.name());
}

/**
 * Takes a descriptor that this process was given: a tap, or a socket that keeps frames apart. It does not wait from
 * then on.
 * @throws {TenderError} where it is neither
 */
export function adoptDescriptor(libc: Libc, fd: number): OpenInterface {
  const refuse = (why: string) => new TenderError(`Could not attach interface: @${fd}: ${why}`);
  if (fd < FIRST) throw refuse('descriptors below 3 are the console and its neighbours');
  const arena = new Arena(libc);
  try {
    let mtu = DEFAULT_MTU;
    if (fstatSync(fd).isSocket()) {
      const type = socketType(libc, arena, fd);
      if (type !== SOCK_DGRAM && type !== SOCK_SEQPACKET) {
        throw refuse('a socket of a stream; frames need one of datagrams or packets');
      }
    } else mtu = tapMtu(libc, arena, fd);
    const flags = libc.call('fcntl', fd, F_GETFL);
    libc.call('fcntl', fd, F_SETFL, flags | O_NONBLOCK);
    return { fd, mtu };
  } catch (error) {
    if (error instanceof TenderError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EBADF') throw refuse('not open');
    if (error instanceof SyscallError || error instanceof RangeError) {
      throw refuse('neither a tap nor a socket');
    }
    throw error;
  } finally {
    arena.release();
  }
}
