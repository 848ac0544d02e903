import { HostError } from '../../base/errors.ts';
import { encodeBlockStatus } from '../../nbd/block-status.ts';
import { CHUNK_BYTES, DATA_CHUNK_BYTES, encodeChunk, encodeDataChunk } from '../../nbd/chunk.ts';
import { encodeErrorChunk } from '../../nbd/error-chunk.ts';
import { Chunk, Command, CommandFlag, MAX_PAYLOAD, NbdErrno } from '../../nbd/numbers.ts';
import { decodeRequest, REQUEST_BYTES, type Request } from '../../nbd/request.ts';
import { encodeSimpleReply, SIMPLE_REPLY_BYTES } from '../../nbd/simple-reply.ts';
import { MAX_WAITING, MAX_WAITING_BYTES, PIECE_BYTES } from './limits.ts';
import type { Session } from './negotiation.ts';
import { readBytes } from './read-bytes.ts';
import { ReplyWriter, type Send } from './reply-writer.ts';

const KNOWN_FLAGS =
  CommandFlag.FUA |
  CommandFlag.NO_HOLE |
  CommandFlag.DF |
  CommandFlag.REQ_ONE |
  CommandFlag.FAST_ZERO;

/** What a {@link Transmission} tells. */
export interface TransmissionEvents {
  /** The client is to be read from, or not for a while. */
  readonly onFlow: (read: boolean) => void;
  /** The connection is over; `reason` where the client or the device broke it. */
  readonly onClose: (reason?: string) => void;
  /** The device failed: the client gets an error. */
  readonly onFailure: (error: HostError) => void;
}

/** A READ that is answered in pieces. */
interface Reading {
  readonly request: Request;
  /** Bytes that were asked of the device. */
  asked: number;
  /** An error was the device's answer to one of the pieces: no more of them is asked for. */
  failed: boolean;
  /** The client got that error: what comes behind it is dropped. */
  ended: boolean;
}

/** Something whose turn to be sent comes when all before it was sent. */
interface Job {
  /** Undefined until the device has answered. */
  bytes: Buffer | 'error' | undefined;
  /** Bytes that count while it waits. */
  readonly held: number;
  /** What it is a piece of, and where in it. */
  reading?: Reading | undefined;
  readonly at?: number;
}

/** Answers that are shorter are copied, so that several are one system call. */
const SHORT = 16 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * The server's side of the transmission phase. Answers leave in the order of the requests. A device that
 * answers at once fills the buffers that are sent; of one that answers later, bounded many pieces are asked
 * for at once.
 */
export class Transmission {
  readonly #session: Session;
  readonly #events: TransmissionEvents;
  readonly #writer: ReplyWriter;
  #input: Buffer = NO_BYTES;
  /** What of it was taken. */
  #at = 0;
  /** Bytes of a write's data that are still to be dropped. */
  #swallow = 0;
  #reading: Reading | undefined;
  readonly #jobs: Job[] = [];
  #held = 0;
  #leaving = false;
  #closed = false;
  #paused = false;
  #pumping = false;
  /** The device has answered later once: its answers get buffers of their own. */
  #late = false;
  #requests = 0;
  #bytes = 0;

  /** @param send takes answers, in order */
  constructor(session: Session, send: Send, events: TransmissionEvents) {
    this.#session = session;
    this.#events = events;
    this.#writer = new ReplyWriter(send, () => this.#pump());
  }

  /** Requests so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Of data, that were asked for so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes what the client says, in pieces of any length; `bytes` are borrowed. */
  receive(bytes: Buffer): void {
    const empty = this.#input.length === this.#at;
    this.#input = empty ? bytes : Buffer.concat([this.#input.subarray(this.#at), bytes]);
    this.#at = 0;
    this.#pump();
    this.#input =
      this.#at === this.#input.length ? NO_BYTES : Buffer.from(this.#input.subarray(this.#at));
    this.#at = 0;
  }

  /** The client has gone, or is to go: what the device still answers is dropped. */
  close(): void {
    this.#closed = true;
    this.#writer.close();
  }

  #end(reason?: string): void {
    if (this.#closed) return;
    this.#writer.flush();
    this.close();
    this.#events.onClose(reason);
  }

  #pump(): void {
    if (this.#closed || this.#pumping) return;
    this.#pumping = true;
    const stuck = !this.#proceed();
    if (!this.#closed) this.#writer.flush();
    this.#pumping = false;
    if (this.#closed) return;
    if (this.#leaving && this.#jobs.length === 0 && this.#reading === undefined) {
      if (this.#writer.idle) this.#end();
      return;
    }
    if (stuck !== this.#paused) {
      this.#paused = stuck;
      this.#events.onFlow(!stuck);
    }
  }

  /** Answers what can be answered; false where there is no room for more. */
  #proceed(): boolean {
    while (!this.#closed) {
      this.#sendJobs();
      if (this.#writer.full) return false;
      if (this.#jobs.length >= MAX_WAITING || this.#held >= MAX_WAITING_BYTES) return false;
      if (this.#reading !== undefined) {
        if (!this.#readPiece(this.#reading)) return false;
        continue;
      }
      if (this.#leaving) return true;
      if (this.#swallow > 0) {
        const dropped = Math.min(this.#swallow, this.#input.length - this.#at);
        this.#at += dropped;
        this.#swallow -= dropped;
      }
      if (this.#input.length - this.#at < REQUEST_BYTES) return true;
      const request = decodeRequest(this.#input, this.#at);
      if (request === undefined) {
        this.#end('not an NBD request');
        return true;
      }
      this.#at += REQUEST_BYTES;
      this.#requests += 1;
      this.#begin(request);
    }
    return true;
  }

  #begin(request: Request): void {
    const { type, flags, length } = request;
    if (type === Command.DISC) {
      this.#leaving = true;
      this.#at = this.#input.length;
      return;
    }
    if (type === Command.WRITE) {
      if (length > MAX_PAYLOAD) {
        this.#end(`a write of ${length} bytes`);
        return;
      }
      // Else its data would be taken for requests.
      this.#swallow = length;
      this.#answer(request, NbdErrno.EPERM);
    } else if (type === Command.TRIM || type === Command.WRITE_ZEROES) {
      this.#answer(request, NbdErrno.EPERM);
    } else if ((flags & ~KNOWN_FLAGS) !== 0 || !this.#isInside(request)) {
      this.#answer(request, NbdErrno.EINVAL);
    } else if (type === Command.READ) {
      const badFlag = (flags & CommandFlag.DF) !== 0 && !this.#session.structured;
      if (badFlag || length > MAX_PAYLOAD) this.#answer(request, NbdErrno.EINVAL);
      else this.#reading = { request, asked: 0, failed: false, ended: false };
    } else if (type === Command.BLOCK_STATUS) this.#blockStatus(request);
    else if (type === Command.CACHE) this.#answer(request, NbdErrno.OK);
    else this.#answer(request, NbdErrno.EINVAL);
  }

  /** Written so that Infinity is refused. */
  #isInside({ offset, length }: Request): boolean {
    return length > 0 && offset <= this.#session.export.size - length;
  }

  #blockStatus(request: Request): void {
    const { context } = this.#session;
    if (context === undefined) this.#answer(request, NbdErrno.EINVAL);
    else this.#put(encodeBlockStatus(request, context, [{ length: request.length, flags: 0 }]));
  }

  /** An answer without data. */
  #answer(request: Request, error: NbdErrno): void {
    this.#put(this.#encodeAnswer(request, error));
  }

  #encodeAnswer(request: Request, error: NbdErrno): Buffer {
    if (!this.#session.structured || request.type !== Command.READ) {
      const bytes = Buffer.allocUnsafe(SIMPLE_REPLY_BYTES);
      encodeSimpleReply(bytes, 0, error, request);
      return bytes;
    }
    if (error !== NbdErrno.OK) return encodeErrorChunk(request, error, '');
    const bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    encodeChunk(bytes, 0, Chunk.NONE, true, request, 0);
    return bytes;
  }

  /** Puts something short in its place behind all that was asked before. */
  #put(bytes: Buffer): void {
    const space = this.#jobs.length === 0 ? this.#writer.reserve(bytes.length) : undefined;
    if (space === undefined) {
      this.#push({ bytes, held: bytes.length });
      return;
    }
    bytes.copy(space);
    this.#writer.commit(bytes.length);
  }

  #push(job: Job): void {
    this.#jobs.push(job);
    this.#held += job.held;
  }

  /** Sends what has its turn. */
  #sendJobs(): void {
    while (!this.#closed && !this.#writer.full) {
      const [job] = this.#jobs;
      if (job?.bytes === undefined) return;
      if (job.bytes === 'error') {
        job.bytes = this.#encodeFailure(job);
        if (this.#closed) return;
        job.reading = undefined;
      }
      const { bytes, held, reading } = job;
      const space = bytes.length <= SHORT ? this.#writer.reserve(bytes.length) : undefined;
      if (space === undefined && this.#writer.full) return;
      this.#jobs.shift();
      const release = () => {
        this.#held -= held;
      };
      if (reading?.ended) release();
      else if (space === undefined) this.#writer.append(bytes, release);
      else {
        bytes.copy(space);
        this.#writer.commit(bytes.length);
        release();
      }
    }
  }

  /** What the client gets in the place of a piece; where it is in the middle of data, the connection ends. */
  #encodeFailure({ reading, at }: Job): Buffer {
    if (reading === undefined || reading.ended) return NO_BYTES;
    reading.ended = true;
    if (at === 0 || this.#isCut(reading)) return this.#encodeAnswer(reading.request, NbdErrno.EIO);
    this.#end('the device failed in the middle of an answer');
    return NO_BYTES;
  }

  /** Whether each piece is a chunk of its own, so that an error may follow any of them. */
  #isCut({ request }: Reading): boolean {
    return this.#session.structured && (request.flags & CommandFlag.DF) === 0;
  }

  /** Bytes that go before a piece. */
  #headBytes(reading: Reading): number {
    if (reading.asked > 0 && !this.#isCut(reading)) return 0;
    return this.#session.structured ? DATA_CHUNK_BYTES : SIMPLE_REPLY_BYTES;
  }

  #encodeHead(into: Buffer, at: number, reading: Reading, length: number): void {
    const { request, asked } = reading;
    if (!this.#session.structured) encodeSimpleReply(into, at, NbdErrno.OK, request);
    else if (this.#isCut(reading)) {
      const last = asked + length === request.length;
      encodeDataChunk(into, at, last, request, request.offset + asked, length);
    } else encodeDataChunk(into, at, true, request, request.offset, request.length);
  }

  /** Asks the device for the next piece; false where there is no room for its answer. */
  #readPiece(reading: Reading): boolean {
    const { request, asked } = reading;
    const length = Math.min(PIECE_BYTES, request.length - asked);
    const head = this.#headBytes(reading);
    const own = this.#late || this.#jobs.length > 0;
    const size = head + length;
    const space = own ? Buffer.allocUnsafeSlow(size) : this.#writer.reserveBuffer(size);
    if (space === undefined) return false;
    const at = own ? 0 : this.#writer.used;
    const data = space.subarray(at + head, at + size);
    const { device } = this.#session.export;
    try {
      const later = readBytes(device, request.offset + asked, data);
      if (head > 0) this.#encodeHead(space, at, reading, length);
      reading.asked += length;
      this.#bytes += length;
      if (later !== undefined) {
        this.#await(reading, asked, own ? space : this.#writer.take(size), later);
      } else if (own) this.#push({ bytes: space, held: size, reading, at: asked });
      else this.#writer.commit(size);
    } catch (error) {
      this.#push({ bytes: this.#fail(reading, error), held: 0, reading, at: asked });
    }
    if (reading.failed || reading.asked === request.length) this.#reading = undefined;
    return true;
  }

  #await(reading: Reading, at: number, space: Buffer, later: Promise<void>): void {
    this.#late = true;
    const job: Job = { bytes: undefined, held: space.length, reading, at };
    this.#push(job);
    later.then(
      () => {
        job.bytes = space;
        this.#pump();
      },
      (error) => {
        job.bytes = this.#fail(reading, error);
        this.#pump();
      },
    );
  }

  #fail(reading: Reading, error: unknown): 'error' {
    if (error instanceof HostError && !this.#closed) this.#events.onFailure(error);
    reading.failed = true;
    if (this.#reading === reading) this.#reading = undefined;
    return 'error';
  }
}
