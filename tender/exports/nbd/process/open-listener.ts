import { createServer } from 'node:net';
import { TenderError } from '../../../base/errors.ts';
import {
  F_DUPFD_CLOEXEC,
  F_GETFL,
  F_SETFL,
  IPPROTO_TCP,
  O_NONBLOCK,
  TCP_NODELAY,
} from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { listenAtPath } from '../../listen-at-path.ts';
import { listen, type NbdListener } from '../listener.ts';

/** A socket that listens. */
export interface OpenListener {
  /** The caller's to close. */
  readonly fd: number;
  /** Of TCP alone. */
  readonly port: number | undefined;
}

/** A port, or what a host's name stands for, is Node's to find; its descriptor is taken from it. */
async function listenAtPort(libc: Libc, listener: NbdListener): Promise<OpenListener> {
  const server = createServer();
  await listen(server, listener);
  const { _handle: handle } = server as unknown as { readonly _handle?: { readonly fd?: number } };
  const address = server.address();
  const fd = libc.raw('fcntl', handle?.fd ?? -1, F_DUPFD_CLOEXEC, 0);
  // Before Node's loop has taken a client.
  server.close();
  if (fd < 0) throw new TenderError('the listening socket cannot be taken from Node');
  const port = address !== null && typeof address === 'object' ? address.port : undefined;
  return { fd, port };
}

async function open(libc: Libc, listener: NbdListener): Promise<OpenListener> {
  if (listener.kind === 'tcp') return listenAtPort(libc, listener);
  if (listener.kind === 'fd') return { fd: listener.fd, port: undefined };
  return { fd: await listenAtPath(libc, listener.path), port: undefined };
}

/** Opens what a process of its own listens at. @throws {TenderError} (rejects) */
export async function openListener(libc: Libc, listener: NbdListener): Promise<OpenListener> {
  const opened = await open(libc, listener);
  const { fd } = opened;
  // Clients may be gone before they are accepted.
  libc.raw('fcntl', fd, F_SETFL, libc.raw('fcntl', fd, F_GETFL) | O_NONBLOCK);
  // Its connections inherit it: answers are not held back. Other sockets refuse it.
  const yes = new Int32Array([1]);
  libc.raw('setsockopt', fd, IPPROTO_TCP, TCP_NODELAY, libc.address(yes.buffer), 4);
  return opened;
}
