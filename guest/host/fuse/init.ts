import { ERRNO, FIRST_MINOR, INIT_FLAGS, INIT_REPLY_BYTES, MAJOR, MINOR } from './protocol.ts';
import type { Reply } from './reply.ts';
import type { Request } from './request.ts';

const PAGE_BYTES = 4096;
/** The kernel sends no more requests ahead than this, and slows down writers from the second number on. */
const MAX_BACKGROUND = 16;
const CONGESTION = 12;
/** Nothing is ever written: the least that the kernel takes. */
const MAX_WRITE = PAGE_BYTES;

/**
 * Answers INIT: the kernel's version and wishes, within what is known here.
 * @param maxRead bytes that one READ may ask for
 * @returns the length of the body, or an error's number, negative
 */
export function answerInit(request: Request, reply: Reply, maxRead: number): number {
  const major = request.u32(0);
  const minor = request.u32(4);
  if (major === undefined || minor === undefined) return -ERRNO.EINVAL;
  if (reply.capacity < INIT_REPLY_BYTES) return -ERRNO.EINVAL;
  reply.zero(0, INIT_REPLY_BYTES);
  reply.u32(0, MAJOR);
  // A kernel of a later major version asks again, in this one.
  if (major > MAJOR) return INIT_REPLY_BYTES;
  if (major < MAJOR || minor < FIRST_MINOR) return -ERRNO.EPROTO;
  const readAhead = request.u32(8);
  const flags = request.u32(12);
  if (readAhead === undefined || flags === undefined) return -ERRNO.EINVAL;
  reply.u32(4, Math.min(minor, MINOR));
  reply.u32(8, Math.min(readAhead, maxRead));
  reply.u32(12, flags & INIT_FLAGS);
  reply.u16(16, MAX_BACKGROUND);
  reply.u16(18, CONGESTION);
  reply.u32(20, MAX_WRITE);
  // Nanoseconds that times are multiples of.
  reply.u32(24, 1);
  reply.u16(28, Math.floor(maxRead / PAGE_BYTES));
  return INIT_REPLY_BYTES;
}
