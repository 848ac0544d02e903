import { EventEmitter } from 'node:events';
import { refuseAborted } from './errno.ts';

/** Nothing in an image changes: whoever watches it is never told anything. */
class Watcher extends EventEmitter {
  close(): void {
    process.nextTick(() => this.emit('close'));
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/** What `watch` of node:fs/promises gives: it ends when its signal aborts, with that error, as Node's does. */
export async function* watchNothing(
  _path: unknown,
  options?: { readonly signal?: AbortSignal } | string,
): AsyncGenerator<never, void, undefined> {
  const signal = typeof options === 'object' ? options.signal : undefined;
  refuseAborted(options);
  await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
  refuseAborted(options);
}

/** The functions of node:fs that watch files. */
export function createWatchers() {
  return {
    watch: () => new Watcher(),
    watchFile: () => new Watcher(),
    unwatchFile: () => {},
  };
}
