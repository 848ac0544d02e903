// Inflates zlib streams (RFC 1950, 1951), one after another, piece by piece or whole.
import { inflateCodes } from './codes.ts';
import { initCopies, startDelta } from './delta.ts';
import { startDynamic } from './dynamic.ts';
import {
  BAD_BLOCK_TYPE,
  BAD_CHECKSUM,
  BAD_HEADER,
  NO_ROOM,
  TOO_FEW_BYTES,
  TOO_MANY_BYTES,
} from './faults.ts';
import { initFixed, startFixed } from './fixed.ts';
import { fail } from './host.ts';
import { initReversed } from './huffman.ts';
import { alignToByte, at, bits, count, end, save, startInput, take } from './input.ts';
import { INPUT, MAX_DELTA_SIZE, OBJECTS } from './memory-map.ts';
import {
  checksum,
  endPiece,
  from,
  resumeOutput,
  startOutput,
  startPiece,
  startWhole,
  to,
} from './output.ts';
import { checkRoom } from './room.ts';
import { inflateStored, startStored } from './stored.ts';
import { initSymbols } from './symbols.ts';

const STORED: u32 = 0;
const FIXED: u32 = 1;
const DYNAMIC: u32 = 2;

let ready: bool = false;
/** A block has begun that has not ended. */
let inBlock: bool = false;
let blockType: u32 = STORED;
let isLast: bool = false;
/** Pieces end where blocks do, so that the host can go on from there another time. */
let stopsAtBlocks: bool = false;
/** The checksum is of all the stream, and is compared at its end. */
let isSummed: bool = true;

/** Begins the stream whose bytes refill() gives, from its start. */
export function start(): void {
  startInput(INPUT, INPUT);
  startOutput();
  startStream();
}

/**
 * Goes on between two blocks of a stream: `value` holds the `length` bits that are left of a byte, refill()
 * gives those after it. The last bytes before, `history` of them, stand at OUTPUT. Pieces end where blocks do.
 */
export function resume(value: u32, length: u32, history: u32, sum: u32, summed: bool): void {
  startInput(INPUT, INPUT);
  save(value, length, INPUT);
  resumeOutput(history, sum);
  prepare();
  stopsAtBlocks = true;
  isSummed = summed;
}

function prepare(): void {
  if (!ready) {
    initCopies();
    initReversed();
    initSymbols();
    initFixed();
    ready = true;
  }
  inBlock = isLast = false;
}

function startStream(): void {
  prepare();
  stopsAtBlocks = false;
  isSummed = true;
  const method = take(8);
  const flags = take(8);
  // Deflate, a window of at most 32 KiB, no preset dictionary.
  if (((method << 8) | flags) % 31 !== 0 || (method & 15) !== 8 || method >> 4 > 7 || flags & 32) {
    fail(BAD_HEADER);
  }
}

function startBlock(): void {
  isLast = take(1) !== 0;
  blockType = take(2);
  inBlock = true;
  if (blockType === STORED) startStored();
  else if (blockType === FIXED) startFixed();
  else if (blockType === DYNAMIC) startDynamic();
  else fail(BAD_BLOCK_TYPE);
}

/** Goes on until the stream ends (true) or the piece is full. */
function inflateBlocks(): bool {
  while (inBlock || !isLast) {
    if (!inBlock) startBlock();
    if (!(blockType === STORED ? inflateStored() : inflateCodes())) return false;
    inBlock = false;
    if (stopsAtBlocks && !isLast) return false;
  }
  return true;
}

/**
 * Inflates the next piece: until the stream ends (true), or until the piece holds more than `wanted`
 * bytes, which PIECE_SIZE bounds; some 260 more at most.
 */
export function inflatePiece(wanted: u32): bool {
  startPiece(wanted);
  const ended = inflateBlocks();
  endPiece();
  if (ended) endStream();
  return ended;
}

function endStream(): void {
  alignToByte();
  const stored = (take(8) << 24) | (take(8) << 16) | (take(8) << 8) | take(8);
  if (isSummed && stored !== checksum) fail(BAD_CHECKSUM);
}

/**
 * Inflates a stream of `size` bytes to `address`. Its first bytes are at hand from `start` to `stop`,
 * refill() gives the others.
 */
export function inflateWhole(start: u32, stop: u32, address: u32, size: u32): void {
  checkRoom(address, size);
  startInput(start, stop);
  startWhole(address, size);
  startStream();
  const ended = inflateBlocks();
  if (to - address > size || !ended) fail(TOO_MANY_BYTES);
  if (to - address < size) fail(TOO_FEW_BYTES);
  endPiece();
  endStream();
}

/**
 * Inflates a delta as {@link inflateWhole} does, to be applied; gives the size of what it makes. OUTPUT
 * has room for MAX_DELTA_SIZE bytes.
 */
export function inflateDelta(start: u32, stop: u32, address: u32, size: u32): f64 {
  if (address < <u32>OBJECTS && size > <u32>MAX_DELTA_SIZE) fail(NO_ROOM);
  inflateWhole(start, stop, address, size);
  return startDelta(address, size);
}

/** Whether the last piece ended where a block did. */
export function isBetweenBlocks(): bool {
  return !inBlock;
}

/** How many bits are left of a byte that was begun. */
export function bitsLeft(): u32 {
  return count & 7;
}

/** These bits. */
export function bitValue(): u32 {
  return <u32>bits & ((1 << (count & 7)) - 1);
}

/** The checksum up to the end of the last piece. */
export function sumSoFar(): u32 {
  return checksum;
}

/** The address of the piece. */
export function pieceStart(): u32 {
  return from;
}

/** The address after the piece. */
export function pieceEnd(): u32 {
  return to;
}

/** How many of the bytes at hand lie after the stream. */
export function unread(): u32 {
  return end - at + (count >> 3);
}
