import { TenderError } from '../base/errors.ts';
import { Arena } from '../native/arena.ts';
import { O_CLOEXEC } from '../native/constants.ts';
import { type Libc, SyscallError } from '../native/libc.ts';

const NAME_BYTES = 16;
/** sizeof(struct ifreq): the name and the union. */
const IFREQ_BYTES = 40;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFMTU = 0x8921;
const SIOCETHTOOL = 0x8946;
const IFF_UP = 1;
const ETHTOOL_SGRO = 0x2c;
const ETHTOOL_SGSO = 0x24;

/** An ioctl about a network interface, by its name. */
export interface InterfaceRequest {
  /** The struct ifreq, from its name's end on. */
  readonly value: DataView;
  /** The kernel may have changed it. */
  name(): string;
  /** @throws {SyscallError} */
  ask(fd: number, request: number): void;
}

/** @param name empty where the kernel is to say it */
export function interfaceRequest(libc: Libc, arena: Arena, name: string): InterfaceRequest {
  const { buffer, address } = arena.allot(IFREQ_BYTES);
  const bytes = Buffer.from(buffer, 0, NAME_BYTES);
  bytes.write(name, 'latin1');
  return {
    value: new DataView(buffer, NAME_BYTES),
    name: () => bytes.toString('latin1', 0, Math.max(0, bytes.indexOf(0))),
    ask: (fd, request) => void libc.call('ioctl', fd, request, address),
  };
}

/** Whether an interface of the system may be called so: a `%` would have the kernel choose. */
export function isInterfaceName(name: string): boolean {
  return /^[!-~]{1,15}$/.test(name) && !/[%/:]/.test(name);
}

function withSocket<T>(libc: Libc, ask: (socket: number) => T): T {
  const socket = libc.call('socket', AF_INET, SOCK_DGRAM | O_CLOEXEC, 0);
  try {
    return ask(socket);
  } finally {
    libc.raw('close', socket);
  }
}

/** The MTU of an interface that is there and up. @throws {TenderError} */
export function readMtu(libc: Libc, name: string): number {
  const arena = new Arena(libc);
  try {
    return withSocket(libc, (socket) => {
      const request = interfaceRequest(libc, arena, name);
      request.ask(socket, SIOCGIFFLAGS);
      if ((request.value.getUint16(0, true) & IFF_UP) === 0) {
        throw new TenderError(
          `Could not attach interface: ${name}: Network is down: ip link set ${name} up`,
        );
      }
      request.ask(socket, SIOCGIFMTU);
      return request.value.getInt32(0, true);
    });
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new TenderError(`Could not attach interface: ${name}: ${error.message}`);
  } finally {
    arena.release();
  }
}

/**
 * Turns off the merging of received frames: merged ones would be longer than a guest's buffer, and be cut. Settings
 * that an interface does not have are skipped.
 */
export function keepFrames(libc: Libc, name: string): void {
  const arena = new Arena(libc);
  try {
    withSocket(libc, (socket) => {
      for (const command of [ETHTOOL_SGRO, ETHTOOL_SGSO]) {
        // struct ethtool_value: the command, and 0 for no.
        const off = arena.words([BigInt(command)]);
        const request = interfaceRequest(libc, arena, name);
        request.value.setBigUint64(0, off, true);
        try {
          request.ask(socket, SIOCETHTOOL);
        } catch (error) {
          if (!(error instanceof SyscallError)) throw error;
        }
      }
    });
  } finally {
    arena.release();
  }
}
