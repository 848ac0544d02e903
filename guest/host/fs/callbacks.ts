import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { argumentError, refuseAborted } from './errno.ts';

type Call = (...args: never[]) => unknown;
type Callback = (error: unknown, ...results: unknown[]) => void;

/** What `read` fills where the caller brings no buffer. */
const READ_BYTES = 16 * 1024;

/**
 * The functions that call back, by the names of the synchronous ones without `Sync`. They answer after the
 * caller has returned; arguments of a wrong type are thrown at once, as node:fs does.
 */
export function createCallbacks(sync: Readonly<Record<string, Call>>): Record<string, Call> {
  const of = (name: string) => sync[`${name}Sync`] as Call;
  const callbacks = Object.fromEntries(
    Object.entries(sync).map(([name, call]) => [name.replace(/Sync$/, ''), callsBack(call)]),
  );
  const exists = (path: never, callback: unknown) => {
    setImmediate(requireCallback(callback), of('exists')(path));
  };
  return {
    ...callbacks,
    exists: withPromise(exists, (path) => of('exists')(path)),
    readFile: callsBack((path, options) => {
      refuseAborted(options);
      return of('readFile')(path, options);
    }),
    realpath: Object.assign(callsBack(of('realpath')), { native: callsBack(of('realpath')) }),
    read: withPromise(
      (fd, ...args) => {
        const { buffer, rest } = bufferOf(args.slice(0, -1));
        answer(args.at(-1), () => [of('read')(fd, buffer, ...rest), buffer]);
      },
      (fd, ...args) => {
        const { buffer, rest } = bufferOf(args);
        return { bytesRead: of('read')(fd, buffer, ...rest), buffer };
      },
    ),
    readv: withPromise(
      (fd, buffers, ...args) => {
        answer(args.at(-1), () => [of('readv')(fd, buffers, ...args.slice(0, -1)), buffers]);
      },
      (fd, buffers, ...args) => ({ bytesRead: of('readv')(fd, buffers, ...args), buffers }),
    ),
  };
}

/** The buffer to be filled and the arguments after it, or one object with all of them. */
export function bufferOf(args: readonly unknown[]): { buffer: never; rest: never[] } {
  const [first, ...rest] = args;
  if (ArrayBuffer.isView(first)) return { buffer: first as never, rest: rest as never[] };
  const { buffer = Buffer.alloc(READ_BYTES), ...options } = (first ?? {}) as { buffer?: unknown };
  return { buffer: buffer as never, rest: [options] as never[] };
}

/** The function that gives what `call` does to the callback after its arguments. */
export function callsBack(call: Call): Call {
  return (...args: never[]) => {
    answer(args.at(-1), () => {
      const result = call(...(args.slice(0, -1) as never[]));
      return result === undefined ? [] : [result];
    });
  };
}

function withPromise(call: (...args: never[]) => void, promise: Call): Call {
  return Object.defineProperty(call, promisify.custom, {
    value: async (...args: never[]) => promise(...args),
  });
}

function answer(callback: unknown, call: () => unknown[]): void {
  const tell = requireCallback(callback);
  let results: unknown[];
  try {
    results = [null, ...call()];
  } catch (error) {
    // Of the system's errors only: what is wrong with the call itself is its author's to see.
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined && code !== 'ABORT_ERR') throw error;
    results = [error];
  }
  setImmediate(tell, ...(results as [unknown, ...unknown[]]));
}

function requireCallback(callback: unknown): Callback {
  if (typeof callback === 'function') return callback as Callback;
  throw argumentError('cb', 'of type function', callback);
}
