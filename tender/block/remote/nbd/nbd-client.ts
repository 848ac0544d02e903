import type { Duplex } from 'node:stream';
import { HostError } from '../../../base/errors.ts';
import { Command, NbdErrno } from '../../../nbd/numbers.ts';
import { encodeRequest } from '../../../nbd/request.ts';
import { decodeSimpleReply, SIMPLE_REPLY_BYTES } from '../../../nbd/simple-reply.ts';
import type { Range } from '../range.ts';
import type { RemoteSource } from '../remote-source.ts';
import type { NbdExport } from './negotiate.ts';
import type { StreamReader } from './stream-reader.ts';

/** A connection in transmission. */
export interface NbdClientOptions extends NbdExport {
  readonly stream: Duplex;
  readonly reader: StreamReader;
  readonly shown: string;
  /** Milliseconds without a byte until a server is given up that has something to answer. */
  readonly idle: number;
}

interface Waiting {
  readonly into: Uint8Array;
  done(): void;
  fail(error: Error): void;
}

const WORDS: Readonly<Record<number, string>> = {
  [NbdErrno.EPERM]: 'Operation not permitted',
  [NbdErrno.EIO]: 'Input/output error',
  [NbdErrno.EINVAL]: 'Invalid argument',
  [NbdErrno.ESHUTDOWN]: 'The server is shutting down',
};

/** Reads an export over one connection, several requests at a time. */
export class NbdClient implements RemoteSource {
  readonly shown: string;
  readonly size: number;
  readonly #options: NbdClientOptions;
  /** By the lower half of their cookies. */
  readonly #waiting = new Map<number, Waiting>();
  #cookie = 0;
  #end: Error | undefined;
  /** While the server has something to answer. */
  #clock: NodeJS.Timeout | undefined;

  constructor(options: NbdClientOptions) {
    const { shown, size, stream } = options;
    this.shown = shown;
    this.size = size;
    this.#options = options;
    stream.on('data', () => this.#clock?.refresh());
    const lost = () => this.#fail(new HostError(`${shown}: The server hung up`));
    stream.on('close', lost);
    this.#receive().catch((error: Error) => this.#fail(error));
  }

  async read({ start, end }: Range): Promise<Uint8Array> {
    const { minimum, maximum } = this.#options;
    const from = Math.floor(start / minimum) * minimum;
    const to = Math.ceil(end / minimum) * minimum;
    const bytes = Buffer.alloc(to - from);
    const most = Math.floor(maximum / minimum) * minimum;
    const parts: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += most) {
      parts.push(this.#ask(from + at, bytes.subarray(at, at + most)));
    }
    // Until none of them writes to `bytes` any more.
    for (const part of await Promise.allSettled(parts)) {
      if (part.status === 'rejected') throw part.reason;
    }
    return bytes.subarray(start - from, end - from);
  }

  #ask(offset: number, into: Uint8Array): Promise<void> {
    return new Promise((done, fail) => {
      if (this.#end !== undefined) return fail(this.#end);
      this.#cookie = (this.#cookie + 1) % 2 ** 32;
      const [high, low] = [0, this.#cookie];
      this.#waiting.set(low, { into, done, fail });
      this.#clock ??= setTimeout(() => this.#isLate(), this.#options.idle);
      const { READ: type } = Command;
      const { length } = into;
      this.#options.stream.write(encodeRequest({ flags: 0, type, high, low, offset, length }));
    });
  }

  /** Takes replies for as long as there is a connection. */
  async #receive(): Promise<never> {
    const { reader, shown } = this.#options;
    const head = Buffer.alloc(SIMPLE_REPLY_BYTES);
    for (;;) {
      await reader.readInto(head);
      const reply = decodeSimpleReply(head);
      if (reply === undefined) throw new HostError(`${shown}: The server sent no reply of NBD`);
      const waiting = reply.high === 0 ? this.#waiting.get(reply.low) : undefined;
      if (waiting === undefined) {
        throw new HostError(`${shown}: The server replies to a request that was not made`);
      }
      if (reply.error !== NbdErrno.OK) {
        this.#settle(reply.low);
        const reason = WORDS[reply.error] ?? `error ${reply.error}`;
        waiting.fail(new HostError(`${shown}: The server cannot read the image: ${reason}`));
        continue;
      }
      // It stays among those that wait: whatever ends the connection meanwhile fails it.
      await reader.readInto(waiting.into);
      this.#settle(reply.low);
      waiting.done();
    }
  }

  #settle(cookie: number): void {
    this.#waiting.delete(cookie);
    if (this.#waiting.size === 0) this.#stopClock();
  }

  #stopClock(): void {
    clearTimeout(this.#clock);
    this.#clock = undefined;
  }

  #isLate(): void {
    const { shown, idle } = this.#options;
    this.#fail(new HostError(`${shown}: The server sent nothing for ${idle / 1000} s`));
  }

  #fail(error: Error): void {
    this.#end ??= error;
    this.#stopClock();
    const { reader, stream } = this.#options;
    reader.fail(this.#end);
    stream.destroy();
    for (const { fail } of this.#waiting.values()) fail(this.#end);
    this.#waiting.clear();
  }

  close(): void {
    if (this.#end !== undefined) return;
    const { stream, shown } = this.#options;
    // Nobody answers it, and what follows is the end of the stream.
    const request = { flags: 0, type: Command.DISC, high: 0, low: 0, offset: 0, length: 0 };
    if (stream.writable) stream.end(encodeRequest(request));
    this.#fail(new HostError(`${shown}: the device is closed; it serves one guest only`));
  }
}
