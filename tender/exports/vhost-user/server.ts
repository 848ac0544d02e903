import { lstatSync, unlinkSync } from 'node:fs';
import type { Libc } from '../../native/libc.ts';
import { createRestarts } from '../confined/restarts.ts';
import type { ServerProcess } from '../confined/start-server-process.ts';
import { listenAtPath } from '../listen-at-path.ts';
import { type MachineImageOptions, openMachineImage } from './machine-image.ts';
import { type BackEndKind, type BackEndOptions, startBackEnd } from './start-back-end.ts';

/** What a virtual machine is given at one socket. */
export interface VhostServerOptions {
  readonly libc: Libc;
  readonly koffi: readonly string[];
  readonly kind: BackEndKind;
  /** Where front ends connect. */
  readonly path: string;
  readonly image: MachineImageOptions;
  /** The commit that the image must hold, in hexadecimal: file systems check by it all that they read. */
  readonly commit?: string | undefined;
  readonly unsealed: boolean;
  readonly onEvent: (event: VhostEvent) => void;
}

/** What happens at such a socket. */
export type VhostEvent =
  | { readonly event: 'connect' }
  /** With the bytes that it was given. */
  | { readonly event: 'disconnect'; readonly bytes: number; readonly reason?: string | undefined }
  /** Something of the image could not be read. */
  | { readonly event: 'fault'; readonly message: string }
  /** The process has ended on its own account, and another takes its place. */
  | { readonly event: 'restart'; readonly message: string };

/** A socket at which a virtual machine finds its device. */
export interface VhostServer {
  readonly connected: boolean;
  /** That machines were given so far. */
  readonly bytes: number;
  /** Of the process that serves at the moment, for who looks after it. */
  readonly pid: number;
  /**
   * The next machine gets this image; one that is connected goes on with the old one, as its disk cannot change.
   * @throws {TenderError} where it cannot be opened
   */
  swap(image: MachineImageOptions): void;
  close(): void;
}

/**
 * Offers an image as a device at a socket: to one virtual machine at a time, from a process of its own that
 * ends with this one. Should it die, another takes over: a front end that connects again goes on.
 * @throws {TenderError} (rejects)
 */
export async function serveVhostUser(options: VhostServerOptions): Promise<VhostServer> {
  const { libc, koffi, kind, path, commit, unsealed, onEvent } = options;
  let image = openMachineImage(libc, koffi, options.image);
  let listener: number;
  try {
    listener = await listenAtPath(libc, path);
  } catch (error) {
    image.close();
    throw error;
  }
  const { ino } = lstatSync(path);
  let backEnd: ServerProcess | undefined;
  let connected = false;
  /** Given so far, and before the machine came that is connected. */
  let bytes = 0;
  let before = 0;
  let closed = false;

  function leave(reason: string | undefined): void {
    connected = false;
    onEvent({ event: 'disconnect', bytes: bytes - before, reason });
  }
  async function start(): Promise<void> {
    const { name, size, isFetched } = image;
    await image.lend((fd) => {
      if (!closed) startOn(fd, { name, size, isFetched });
    });
  }
  function startOn(fd: number, about: Pick<BackEndOptions, 'name' | 'size' | 'isFetched'>): void {
    const begun = performance.now();
    let broken: string | undefined;
    const mine = startBackEnd(libc, {
      kind,
      koffi,
      ...about,
      commit,
      unsealed,
      listener,
      image: fd,
      onEvent(event) {
        if (event.event === 'broken') broken = event.message;
        else if (event.event === 'fault') onEvent(event);
        else if (event.event === 'traffic') bytes += event.bytes;
        else if (event.event !== 'ready') {
          if (event.event === 'connect') {
            connected = true;
            before = bytes;
            onEvent(event);
          } else leave(event.reason);
        }
      },
      onEnd(end, words) {
        if (closed) return;
        /** The image may be another one by now. */
        const retired = 'status' in end && end.status === 0;
        if (connected) {
          leave('the process of the device has ended');
        }
        if (!retired) onEvent({ event: 'restart', message: broken ?? words });
        restarts.after(retired ? Number.POSITIVE_INFINITY : performance.now() - begun);
      },
    });
    backEnd = mine;
  }
  const restarts = createRestarts(start, (message) => onEvent({ event: 'restart', message }));
  function close(): void {
    closed = true;
    restarts.stop();
    backEnd?.kill();
    libc.raw('close', listener);
    image.close();
    // Unless somebody else listens there by now.
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
  }

  try {
    await start();
  } catch (error) {
    close();
    throw error;
  }
  return {
    get connected() {
      return connected;
    },
    get bytes() {
      return bytes;
    },
    get pid() {
      return backEnd?.pid ?? 0;
    },
    swap(other) {
      const next = openMachineImage(libc, koffi, other);
      image.close();
      image = next;
      backEnd?.retire();
      restarts.hurry();
    },
    close,
  };
}
