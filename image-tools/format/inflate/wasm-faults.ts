import { FormatError } from '../base/errors.ts';

/** The messages of wasm/objects/faults.ts, in its order. */
const MESSAGES = [
  'not the header of a zlib stream',
  'an unknown block type',
  'a stored block whose length and its complement differ',
  'too many length or distance codes',
  'an invalid code for code lengths',
  'an invalid repeat of a code length',
  'a block without an end',
  'an invalid code for literals and lengths',
  'an invalid code for distances',
  'an invalid literal or length code',
  'an invalid distance code',
  'a distance reaches before the start',
  'a wrong Adler-32',
  'more bytes inflated than promised',
  'fewer bytes inflated than promised',
  'a delta ends inside its sizes',
  'a size beyond 2^53-1 in a delta',
  'a size in a delta does not end',
  'the base of a delta has the wrong size',
  'reserved delta instruction 0',
  'a delta ends inside a copy',
  'a delta instruction reaches outside its bounds',
  'a delta gives fewer bytes than it promises',
];
const FIRST_OF_DELTAS = MESSAGES.indexOf('a delta ends inside its sizes');

/** The error for a fault that the WebAssembly found; `offset` is that of the stream. */
export function faultError(fault: number, offset: number): Error {
  const message = MESSAGES[fault];
  if (message === undefined) return new RangeError('an object outside the memory');
  if (fault >= FIRST_OF_DELTAS) return new FormatError('BAD_DELTA', message);
  return new FormatError('BAD_ZLIB', message, { offset });
}
