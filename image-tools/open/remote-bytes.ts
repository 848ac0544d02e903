import { LineCache, type LineRead } from '#reader';
import { loadLater } from '../../tender/base/load-later.ts';
import type { RemoteAddress } from '../../tender/block/remote/image-address.ts';
import type { RemoteOptions } from '../../tender/block/remote/open-image-device.ts';
import { ToolError } from '../base/errors.ts';
import type { FileSource } from '../files/file-source.ts';
import {
  type BridgeAnswer,
  type BridgeInput,
  type BridgeOrder,
  type Mailbox,
  newMailbox,
  PENDING,
} from './bridge.ts';
import { startWatchedThread } from './watched-thread.ts';

/** Beside this module: the same source file, or its compiled form. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './remote-worker.ts' : './remote-worker.js',
  import.meta.url,
);

const LINE_BYTES = 32 * 1024;
const CACHE_BYTES = 4 * 1024 * 1024;
const LEAST_MAILBOX = 1024 * 1024;

/** A remote image as a source of bytes, as a file is: a read blocks until the bytes are there. */
export interface RemoteBytes extends FileSource {
  /** For messages: without anything secret. */
  readonly shown: string;
}

/**
 * Opens an image elsewhere for readers that cannot wait for promises: a thread of its own fetches what they ask for,
 * and they sleep meanwhile. It ends with `close`, or with the process.
 * @throws ToolError UNAVAILABLE where it cannot be opened; IO, from `window`, where it cannot be read any more
 */
export function openRemoteBytes(address: RemoteAddress, options: RemoteOptions): RemoteBytes {
  const { MessageChannel, receiveMessageOnPort } = loadLater('node:worker_threads');
  const { port1: port, port2 } = new MessageChannel();
  const opened = new Int32Array(new SharedArrayBuffer(4));
  const input: BridgeInput = { address, options, opened, port: port2 };
  const thread = startWatchedThread(WORKER, { workerData: input, transferList: [port2] });
  thread.worker.unref();
  const isOpened = thread.waitFor(opened);
  const answer = receiveMessageOnPort(port)?.message as BridgeAnswer | undefined;
  if (!isOpened || answer === undefined || 'error' in answer) {
    port.close();
    throw new ToolError('UNAVAILABLE', wordsOf(answer));
  }
  const { size, shown } = answer;
  const unused: Mailbox[] = [];
  let isOpen = true;

  function begin(reads: readonly LineRead[]): () => string | undefined {
    const total = reads.reduce((sum, { into }) => sum + into.length, 0);
    const fits = unused.findIndex(({ bytes }) => bytes.length >= total);
    const [found] = fits < 0 ? [] : unused.splice(fits, 1);
    const mailbox = found ?? newMailbox(Math.max(total, LEAST_MAILBOX));
    Atomics.store(mailbox.state, 0, PENDING);
    const order: BridgeOrder = {
      reads: reads.map(({ offset, into }) => ({ offset, length: into.length })),
      memory: mailbox.memory,
    };
    port.postMessage(order);
    return () => {
      if (!thread.waitFor(mailbox.state)) return wordsOf(receiveMessageOnPort(port)?.message);
      let at = 0;
      for (const { into } of reads) {
        into.set(mailbox.bytes.subarray(at, at + into.length));
        at += into.length;
      }
      unused.push(mailbox);
      return undefined;
    };
  }
  const cache = new LineCache(
    {
      size,
      blockSize: 1,
      read(reads) {
        if (!isOpen) throw new ToolError('IO', `${shown}: cannot read: it was closed`);
        const fault = begin(reads)();
        if (fault !== undefined) throw new ToolError('IO', fault);
      },
      begin(reads) {
        if (!isOpen) return undefined;
        const end = begin(reads);
        return () => end() === undefined;
      },
    },
    new Uint8Array(CACHE_BYTES),
    LINE_BYTES,
  );
  return {
    size,
    shown,
    window: (offset, want) => cache.window(offset, want),
    expect: (offset, want) => cache.expect(offset, want),
    prefetch: (extents) => cache.prefetch(extents),
    close() {
      isOpen = false;
      port.close();
    },
  };
}

function wordsOf(answer: BridgeAnswer | undefined): string {
  if (answer !== undefined && 'error' in answer) return answer.error;
  return 'the thread that reads the image has ended: is there too little memory?';
}
