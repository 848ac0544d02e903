import { encodeAscii, type NewHash, newSha1 } from '#format';

/** Messages of up to this many bytes are joined for one call, which takes half the time of a Hash. */
const WHOLE_BYTES = 0x10000;
const whole = new Uint8Array(WHOLE_BYTES);

/** So many bytes are hashed in JavaScript: a commit, which opening an image hashes, and a small tree. */
const SCRIPT_BYTES = 4096;
let scriptLeft = SCRIPT_BYTES;

let loaded: typeof import('node:crypto') | undefined;

/** Loaded for what is more than a few hashes: that takes longer than to load the rest of the library. */
function crypto(): typeof import('node:crypto') {
  loaded ??= process.getBuiltinModule('node:crypto');
  return loaded;
}

/** Node's SHA-1, which uses the processor's own instructions. */
export const newNodeSha1: NewHash = Object.assign(() => crypto().createHash('sha1'), {
  ofBoth(head: Uint8Array, tail: Uint8Array): Uint8Array {
    const length = head.length + tail.length;
    if (loaded === undefined && length <= scriptLeft) {
      scriptLeft -= length;
      return newSha1.ofBoth(head, tail);
    }
    if (length > WHOLE_BYTES) return crypto().createHash('sha1').update(head).update(tail).digest();
    whole.set(head);
    whole.set(tail, head.length);
    // A Buffer takes Node a third of a small hash; a text with a character for each byte does not.
    return encodeAscii(crypto().hash('sha1', whole.subarray(0, length), 'binary'));
  },
});
