import { EventEmitter } from 'node:events';

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

/** The functions of node:fs that watch files. */
export function createWatchers() {
  return {
    watch: () => new Watcher(),
    watchFile: () => new Watcher(),
    unwatchFile: () => {},
  };
}
