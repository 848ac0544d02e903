import type { MachineSha1 } from '#abi';
import { newSha1, type ObjectHash } from '#format';

/** A guest that hashes less, a commit and a root tree at boot, is done before either is set up. */
const OWN_BYTES = 8192;

/**
 * The SHA-1 of a guest: after the first few kilobytes the host's, if it has one, and else our own.
 * @param load loads the host's; called once
 */
export function createGuestSha1(load: () => MachineSha1 | undefined): ObjectHash {
  let left = OWN_BYTES;
  let chosen = newSha1;

  function choose(size: number): ObjectHash {
    if (left >= 0) {
      left -= size;
      const host = left < 0 ? load() : undefined;
      if (host !== undefined) chosen = Object.assign(() => host.start(), { ofBoth: host.ofBoth });
    }
    return chosen;
  }

  return Object.assign(() => choose(Number.POSITIVE_INFINITY)(), {
    ofBoth: (head: Uint8Array, tail: Uint8Array) =>
      choose(head.length + tail.length).ofBoth(head, tail),
  });
}
