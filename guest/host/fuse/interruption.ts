import { ERRNO, OPCODE, REQUEST_HEADER } from './protocol.ts';
import { Reply } from './reply.ts';
import { Request } from './request.ts';

/** Where the number of a request stands in it, and that of the interrupted one behind the header of INTERRUPT. */
const UNIQUE_AT = 8;
const UNIQUE_BYTES = 8;

/** The number of the request that this one interrupts, as a view; undefined if it does nothing like that. */
export function interruptedRequest(request: Uint8Array): Uint8Array | undefined {
  const end = REQUEST_HEADER + UNIQUE_BYTES;
  if (request.length < end || new Request(request).opcode !== OPCODE.INTERRUPT) return undefined;
  return request.subarray(REQUEST_HEADER, end);
}

/** Whether a request has this number, which may have 64 bits. */
export function isRequest(request: Uint8Array, unique: Uint8Array): boolean {
  return unique.every((byte, index) => request[UNIQUE_AT + index] === byte);
}

/** Writes the answer that a request was interrupted: gives its length. */
export function interruption(request: Uint8Array, reply: Uint8Array): number {
  return new Reply(reply).finish(request, -ERRNO.EINTR);
}
