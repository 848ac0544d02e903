import { closeSync, constants, openSync } from 'node:fs';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';
import { Arena } from '../native/arena.ts';
import { type Libc, SyscallError } from '../native/libc.ts';
import { interfaceRequest, isInterfaceName, keepFrames, readMtu } from './interface.ts';

const TUN = '/dev/net/tun';
const TUNSETIFF = 0x400454ca;
/** IFF_TAP: frames; IFF_NO_PI: nothing before them. */
const TAP = 0x1002;

/** An open network interface: its descriptor and its MTU. */
export interface OpenInterface {
  readonly fd: number;
  readonly mtu: number;
}

/**
 * Opens a tap of the system: one that is there already, and up.
 * @throws {TenderError}
 */
export function openTap(libc: Libc, name: string): OpenInterface {
  const refuse = (why: string) => new TenderError(`Could not attach interface: ${name}: ${why}`);
  if (!isInterfaceName(name)) throw refuse('not the name of an interface');
  // First of all: the kernel would make a tap that it does not have.
  const mtu = readMtu(libc, name);
  let fd: number;
  try {
    fd = openSync(TUN, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    throw refuse(`${TUN}: ${errnoText(error)}`);
  }
  const arena = new Arena(libc);
  try {
    const request = interfaceRequest(libc, arena, name);
    request.value.setUint16(0, TAP, true);
    request.ask(fd, TUNSETIFF);
    if (request.name() !== name) throw refuse(`the kernel gave ${request.name()}`);
    keepFrames(libc, name);
    return { fd, mtu };
  } catch (error) {
    closeSync(fd);
    if (error instanceof SyscallError) throw refuse(`not a tap that is free: ${error.message}`);
    throw error;
  } finally {
    arena.release();
  }
}
