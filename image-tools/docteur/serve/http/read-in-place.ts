import { Buffer } from 'node:buffer';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** What one read takes from a client. */
const READ_BYTES = 1 << 16;
/** Whatever comes is used up before the next read, of whichever client. */
const bytes = Buffer.allocUnsafeSlow(READ_BYTES);

/** The parts of Node's sockets that are not for others. */
interface Inner {
  _handle?: { readonly useUserBuffer?: unknown } | null;
  /** Counts the connection until the socket is closed; none where the connection was not accepted. */
  readonly _server?: unknown;
}

/**
 * Moves a connection that a server has just accepted to a socket that reads into one buffer for all of them. Node
 * offers that for connections that a program opens; for others, each read makes 64 KiB of memory, an array and an
 * event, which takes longer than an answer does. Where Node's sockets are made in another way, the given one stays.
 * @param take gets what comes, which stays as it is until it returns; where it does not take it, the stream has it
 * @returns the connection's socket from now on
 */
export function readInPlace(accepted: Socket, take: (chunk: Buffer) => boolean): Socket {
  const inner: Inner = accepted as object;
  const { _handle: handle, _server: server } = inner;
  if (typeof handle?.useUserBuffer !== 'function' || !server) {
    const onData = (chunk: Buffer) => {
      if (take(chunk)) return;
      accepted.off('data', onData);
      accepted.unshift(chunk);
    };
    return accepted.on('data', onData);
  }
  inner._handle = null;
  const callback = (length: number) => {
    const chunk = bytes.subarray(0, length);
    return take(chunk) || socket.push(Buffer.from(chunk));
  };
  const options: object = { handle, allowHalfOpen: true, onread: { buffer: bytes, callback } };
  const socket: Socket = new Socket(options as SocketConstructorOpts);
  return Object.assign(socket, { server, _server: server });
}
