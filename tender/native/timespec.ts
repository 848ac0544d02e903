import type { Libc } from './libc.ts';

const NS_PER_S = 1_000_000_000n;

/**
 * A struct timespec. The returned function fills it and returns its address, which is valid while the function
 * is referenced.
 */
export function timespec(libc: Libc): (nanoseconds: bigint) => bigint {
  // A buffer of its own lies outside the heap, where nothing moves it.
  const fields = new BigInt64Array(new ArrayBuffer(16));
  const address = libc.address(fields.buffer);
  return (nanoseconds) => {
    fields[0] = nanoseconds / NS_PER_S;
    fields[1] = nanoseconds % NS_PER_S;
    return address;
  };
}
