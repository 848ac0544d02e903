import type { Duplex } from 'node:stream';
import type { BlockDevice } from '../block/block-device.ts';
import {
  DONE,
  decodeRequest,
  encodeReply,
  FAILED,
  type FetchRequest,
  MAX_REQUESTS,
  MAX_WORDS,
  REQUEST_BYTES,
} from './wire.ts';

/**
 * Answers requests for bytes of an image, each as soon as they are there. Whoever asks has a stranger's requests to
 * serve, and may have been taken over by one: what is no request ends the conversation.
 * @param onEnd called once, when there is nobody to answer any more
 */
export function answerRequests(stream: Duplex, device: BlockDevice, onEnd: () => void): void {
  const size = device.capacity * device.sectorSize;
  let rest: Buffer = Buffer.alloc(0);
  let inFlight = 0;
  let ended = false;

  function end(): void {
    if (ended) return;
    ended = true;
    stream.destroy();
    onEnd();
  }
  function reply(id: number, status: number, body: Uint8Array): void {
    if (ended) return;
    inFlight -= 1;
    stream.cork();
    stream.write(encodeReply({ id, status, length: body.length }));
    if (body.length > 0) stream.write(body);
    stream.uncork();
  }
  async function answer({ id, offset, length }: FetchRequest): Promise<void> {
    // Whole sectors, as devices want them.
    const first = offset - (offset % device.sectorSize);
    const last = Math.ceil((offset + length) / device.sectorSize) * device.sectorSize;
    const sectors = new Uint8Array(last - first);
    try {
      await device.read(first, [sectors]);
      reply(id, DONE, sectors.subarray(offset - first, offset - first + length));
    } catch (error) {
      const words = Buffer.from(error instanceof Error ? error.message : String(error));
      reply(id, FAILED, words.subarray(0, MAX_WORDS));
    }
  }

  stream.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + REQUEST_BYTES <= bytes.length && !ended; at += REQUEST_BYTES) {
      const request = decodeRequest(bytes.subarray(at, at + REQUEST_BYTES), size);
      inFlight += 1;
      if (request === undefined || inFlight > MAX_REQUESTS) {
        end();
        return;
      }
      void answer(request);
    }
    rest = bytes.subarray(at);
  });
  stream.on('error', end);
  stream.on('end', end);
  stream.on('close', end);
}
