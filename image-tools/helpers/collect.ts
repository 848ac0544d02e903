import type { Readable } from 'node:stream';

/** Bytes that are kept of what a program says of itself: of its beginning, and of its end. */
const KEPT_WORDS = 0x10000;

/** Collects a stream whole; `onTooMuch` is called once for more than `most` bytes, and no more is kept. */
export function collectAll(
  stream: Readable | null,
  most: number,
  onTooMuch: () => void,
): () => string {
  const pieces: Buffer[] = [];
  let size = 0;
  stream?.on('data', (piece: Buffer) => {
    if (size > most) return;
    size += piece.length;
    if (size > most) onTooMuch();
    else pieces.push(piece);
  });
  return () => Buffer.concat(pieces).toString();
}

/** Collects the beginning and the end of a stream of messages, which may be as long as it likes. */
export function collectWords(stream: Readable | null): () => string {
  let head = '';
  let tail = '';
  stream?.on('data', (piece: Buffer) => {
    const text = piece.toString('latin1');
    if (head.length < KEPT_WORDS) head += text;
    else tail = (tail + text).slice(-KEPT_WORDS);
  });
  return () => Buffer.from(`${head}${tail}`, 'latin1').toString();
}
