import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import type { ReadStream } from 'node:fs';
import type { Interface } from 'node:readline';
import type { ReadableStream } from 'node:stream/web';
import { bufferOf } from './callbacks.ts';
import { errnoError, refuseAborted } from './errno.ts';
import type { SyncFs } from './sync.ts';

type Options = Parameters<SyncFs['readFileSync']>[1];

/** What a handle needs of the file system that it belongs to. */
export interface HandleFs {
  readonly sync: SyncFs;
  readonly createReadStream: (path: string, options: object) => ReadStream;
}

/** What a web stream reads at once, as Node's do. */
const STREAM_BYTES = 16 * 1024;

/** An open file, of the shape of `FileHandle` of node:fs/promises. */
export class ImageFileHandle extends EventEmitter {
  readonly #fs: HandleFs;
  #fd: number;

  constructor(fs: HandleFs, fd: number) {
    super();
    this.#fs = fs;
    this.#fd = fd;
  }

  /** -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  async read(...args: unknown[]): Promise<{ bytesRead: number; buffer: NodeJS.ArrayBufferView }> {
    const { buffer, rest } = bufferOf(args);
    return { bytesRead: this.#fs.sync.readSync(this.#fd, buffer, ...rest), buffer };
  }

  async readv(buffers: readonly NodeJS.ArrayBufferView[], position?: number | null) {
    return { bytesRead: this.#fs.sync.readvSync(this.#fd, buffers, position), buffers };
  }

  async readFile(options?: Options): Promise<string | Buffer> {
    refuseAborted(options);
    return this.#fs.sync.readFileSync(this.#fd, options);
  }

  async stat(options?: Options) {
    return this.#fs.sync.fstatSync(this.#fd, options);
  }

  async sync(): Promise<void> {
    this.#fs.sync.fsyncSync(this.#fd);
  }

  async datasync(): Promise<void> {
    this.#fs.sync.fdatasyncSync(this.#fd);
  }

  /** The file is closed with the stream, unless `autoClose` is false. */
  createReadStream(options: object = {}): ReadStream {
    const stream = this.#fs.createReadStream('', { ...options, fd: this.#fd });
    stream.once('close', () => this.#forget());
    return stream;
  }

  readLines(options: object = {}): Interface {
    // Loaded for this alone: it takes longer than to open an image.
    return process.getBuiltinModule('node:readline').createInterface({
      input: this.createReadStream(options),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
  }

  /** From where the last read ended. The file stays open, also where the reader cancels, unless `autoClose` is true. */
  readableWebStream({ autoClose = false }: { autoClose?: boolean } = {}): ReadableStream {
    const web = process.getBuiltinModule('node:stream/web');
    const end = async () => {
      if (autoClose) await this.close();
    };
    return new web.ReadableStream({
      type: 'bytes',
      autoAllocateChunkSize: STREAM_BYTES,
      pull: async (controller) => {
        const { byobRequest } = controller;
        const view = byobRequest?.view as Uint8Array;
        const { bytesRead } = await this.read(view, 0, view.byteLength);
        if (bytesRead === 0) controller.close();
        byobRequest?.respond(bytesRead);
        if (bytesRead === 0) await end();
      },
      cancel: end,
    });
  }

  async close(): Promise<void> {
    if (this.#fd === -1) return;
    this.#fs.sync.closeSync(this.#fd);
    this.#forget();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #forget(): void {
    if (this.#fd === -1) return;
    this.#fd = -1;
    this.emit('close');
  }
}

Object.defineProperty(ImageFileHandle.prototype, 'createWriteStream', {
  configurable: true,
  writable: true,
  value: () => {
    throw errnoError('EROFS', 'write');
  },
});

for (const name of [
  ...['appendFile', 'chmod', 'chown', 'truncate', 'utimes', 'write', 'writeFile', 'writev'],
]) {
  Object.defineProperty(ImageFileHandle.prototype, name, {
    configurable: true,
    writable: true,
    value: async () => {
      throw errnoError('EROFS', name);
    },
  });
}
