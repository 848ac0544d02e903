import type { MachineSha1 } from '#abi';
import { Bytes, GuestRangeError, GuestTypeError, NO_STACK } from './captured.ts';
import type { HostSha1 } from './host-calls.ts';

const DIGEST_BYTES = 20;

/** The host's SHA-1 as the guest finds it: functions, arrays and errors of the guest's own realm. */
export function createSha1({ start, update, finish, ofBoth }: HostSha1): MachineSha1 {
  const noBytes = () => new GuestTypeError('no bytes to hash');
  const sha1 = () => {
    let hash: Uint8Array;
    try {
      hash = start();
    } catch {
      throw new GuestRangeError(NO_STACK);
    }
    return {
      update(piece: Uint8Array) {
        let taken: boolean;
        try {
          taken = update(hash, piece);
        } catch {
          throw new GuestRangeError(NO_STACK);
        }
        if (!taken) throw noBytes();
      },
      digest() {
        const digest = new Bytes(DIGEST_BYTES);
        try {
          finish(hash, digest);
        } catch {
          throw new GuestRangeError(NO_STACK);
        }
        return digest;
      },
    };
  };
  sha1.ofBoth = (head: Uint8Array, tail: Uint8Array) => {
    const digest = new Bytes(DIGEST_BYTES);
    let taken: boolean;
    try {
      taken = ofBoth(head, tail, digest);
    } catch {
      throw new GuestRangeError(NO_STACK);
    }
    if (!taken) throw noBytes();
    return digest;
  };
  return sha1;
}
