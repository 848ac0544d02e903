import { cleanText } from '../base/clean-text.ts';
import { HostError } from '../base/errors.ts';
import { EAGAIN, EINTR } from '../native/constants.ts';
import type { Descriptors } from '../native/descriptors.ts';
import {
  DONE,
  decodeReply,
  encodeRequest,
  FAILED,
  MAX_REQUESTS,
  MAX_WORDS,
  REPLY_BYTES,
} from './wire.ts';

/** Bytes that are read at once. */
const INPUT_BYTES = 256 * 1024;

/** Learns what came of a request: its bytes, which are its own, or why there are none. */
type Done = (result: Uint8Array | Error) => void;

interface Asked {
  readonly length: number;
  readonly done: Done;
}

/** A request that is still to be sent. */
interface Waiting extends Asked {
  readonly offset: number;
}

/** A reply of which a part has come. */
interface Coming extends Asked {
  readonly status: number;
  readonly bytes: Uint8Array;
  filled: number;
}

/**
 * Asks the process that fetches an image, over a socket, without an event loop: whoever owns it sleeps until the
 * socket can be read, and then has it heard. What that process says is checked: it talks to strangers.
 */
export class FetchClient {
  readonly fd: number;
  readonly #descriptors: Descriptors;
  readonly #input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  readonly #head = new DataView(new ArrayBuffer(REPLY_BYTES));
  readonly #asked = new Map<number, Asked>();
  readonly #waiting: Waiting[] = [];
  #headFilled = 0;
  #coming: Coming | undefined;
  #last = 0;

  /** @param fd of a socket that does not block; it stays the caller's */
  constructor(descriptors: Descriptors, fd: number) {
    this.#descriptors = descriptors;
    this.fd = fd;
  }

  /** Asks for bytes inside the image, at most `MAX_LENGTH` of them. @throws {HostError} where nobody fetches any more */
  ask(offset: number, length: number, done: Done): void {
    this.#waiting.push({ offset, length, done });
    this.#send();
  }

  /** Few enough are under way for all to fit into the socket: nothing has to be kept for later. */
  #send(): void {
    while (this.#asked.size < MAX_REQUESTS) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const { offset, length, done } = next;
      this.#last = (this.#last + 1) >>> 0;
      const request = encodeRequest({ id: this.#last, offset, length });
      if (this.#descriptors.write(this.fd, request) !== request.length) throw ended();
      this.#asked.set(this.#last, { length, done });
    }
  }

  /** Takes all that has come. @throws {HostError} where nobody fetches any more, or it makes no sense */
  hear(): void {
    for (;;) {
      const count = this.#descriptors.read(this.fd, this.#input);
      if (count === -EAGAIN || count === -EINTR) return;
      if (count <= 0) throw ended();
      for (let at = 0; at < count; ) at += this.#take(this.#input.subarray(at, count));
      if (count < INPUT_BYTES) return;
    }
  }

  /** Gives how many of the bytes were taken: one at least. */
  #take(bytes: Uint8Array): number {
    const coming = this.#coming;
    if (coming === undefined) {
      const part = bytes.subarray(0, REPLY_BYTES - this.#headFilled);
      new Uint8Array(this.#head.buffer).set(part, this.#headFilled);
      this.#headFilled += part.length;
      if (this.#headFilled === REPLY_BYTES) this.#begin();
      return part.length;
    }
    const part = bytes.subarray(0, coming.bytes.length - coming.filled);
    coming.bytes.set(part, coming.filled);
    coming.filled += part.length;
    if (coming.filled === coming.bytes.length) this.#end(coming);
    return part.length;
  }

  #begin(): void {
    this.#headFilled = 0;
    const { id, status, length } = decodeReply(this.#head);
    const asked = this.#asked.get(id);
    if (asked === undefined) throw senseless('answers what was not asked');
    const isSound =
      status === DONE ? length === asked.length : status === FAILED && length <= MAX_WORDS;
    if (!isSound) throw senseless(`answers with ${length} bytes`);
    this.#asked.delete(id);
    this.#coming = { ...asked, status, bytes: new Uint8Array(length), filled: 0 };
    if (length === 0) this.#end(this.#coming);
  }

  #end({ status, bytes, done }: Coming): void {
    this.#coming = undefined;
    done(status === DONE ? bytes : new HostError(cleanText(Buffer.from(bytes).toString())));
    this.#send();
  }
}

function ended(): HostError {
  return new HostError('the process that fetches the image has ended');
}

function senseless(what: string): HostError {
  return new HostError(`the process that fetches the image ${what}`);
}
