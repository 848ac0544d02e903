import { FormatError, type ObjectType, type Oid, TYPE_NAMES } from '#format';

/**
 * An object out of the PACK: bytes `start` to `end` of a decoder's memory, where it may move, or, if it
 * is too big for that, bytes of its own. Nobody may write into them.
 */
export interface PackObject {
  type: ObjectType;
  start: number;
  end: number;
  readonly outside: Uint8Array | undefined;
  /** How many deltas it was from an object that took long to make. */
  steps: number;
  /** Its id, where it has been hashed as it lies there. */
  oid: Oid | undefined;
}

/** An object with bytes of its own. */
export function outsideObject(type: ObjectType, content: Uint8Array): PackObject {
  return { type, start: 0, end: content.length, outside: content, steps: 0, oid: undefined };
}

/** @throws FormatError WRONG_TYPE */
export function checkType(actual: ObjectType, wanted: ObjectType, offset: number): void {
  if (actual === wanted) return;
  throw new FormatError('WRONG_TYPE', `a ${TYPE_NAMES[actual]}, not a ${TYPE_NAMES[wanted]}`, {
    offset,
  });
}
