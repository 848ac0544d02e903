import { cleanText } from '../../base/clean-text.ts';
import type { Libc } from '../../native/libc.ts';
import type { ProcessEnd } from '../../native/watched-process.ts';
import { type ServerProcess, startServerProcess } from '../confined/start-server-process.ts';
import type { BackEndConfig, BackEndEvent } from './back-end-config.ts';

/** The programs that there are, by the kind of the device. */
export type BackEndKind = 'block' | 'fs';

/** What to start. */
export interface BackEndOptions extends Omit<BackEndConfig, 'landlock'> {
  readonly kind: BackEndKind;
  /** Descriptors that stay the caller's: of the listening socket and of the image. */
  readonly listener: number;
  readonly image: number;
  readonly onEvent: (event: BackEndEvent) => void;
  /** @param words how it ended, and what it said then */
  readonly onEnd: (end: ProcessEnd, words: string) => void;
}

/**
 * Starts the device of one virtual machine in a process of its own, confined by the kernel as a guest is.
 * @throws {TenderError} where it cannot be started, or not be confined
 */
export function startBackEnd(libc: Libc, options: BackEndOptions): ServerProcess {
  const { kind, listener, image, onEvent, onEnd, ...config } = options;
  return startServerProcess<BackEndConfig>(libc, {
    program: `vhost-user-${kind}`,
    config,
    fds: [listener, image],
    onTold(told) {
      const event = parseEvent(told);
      if (event !== undefined) onEvent(event);
    },
    onEnd,
  });
}

/** What is none of ours is dropped. */
function parseEvent({
  event,
  reason,
  message,
  bytes,
}: Record<string, unknown>): BackEndEvent | undefined {
  if (event === 'ready' || event === 'connect') return { event };
  if (event === 'disconnect') {
    return { event, reason: reason === undefined ? undefined : cleanText(reason) };
  }
  if (event === 'traffic') {
    return Number.isSafeInteger(bytes) && Number(bytes) > 0
      ? { event, bytes: Number(bytes) }
      : undefined;
  }
  if (event === 'broken' || event === 'fault') return { event, message: cleanText(message) };
  return undefined;
}
