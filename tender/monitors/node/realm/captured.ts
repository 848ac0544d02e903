// The language as it was before the guest's script: a guest may change everything that it can reach.
// Nothing in this room uses iterators, spreads, or methods of values once the guest has begun.
export const { apply, defineProperty, setPrototypeOf } = Reflect;
export const { parse: parseJson } = JSON;
export const { slice: sliceString } = String.prototype;
export const { toString: errorToString } = Error.prototype;
export const { exec } = RegExp.prototype;

/** All that a call of the host can throw is for want of stack. */
export const NO_STACK = 'Maximum call stack size exceeded';

const ErrorHere = Error;
const TypeErrorHere = TypeError;
const RangeErrorHere = RangeError;
const PromiseHere = Promise;
const BytesHere = Uint8Array;

export {
  BytesHere as Bytes,
  ErrorHere as GuestError,
  PromiseHere as GuestPromise,
  RangeErrorHere as GuestRangeError,
  TypeErrorHere as GuestTypeError,
};
