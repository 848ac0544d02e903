import { decodeU32BE, encodeU32BE, encodeU64BE } from './bytes.ts';
import type { Hash } from './hash.ts';

const BLOCK = 64;

/** Starts a SHA-1 (FIPS 180-4) in plain JavaScript, for where the runtime has none. */
export function newSha1(): Hash {
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const block = new Uint8Array(BLOCK);
  const words = new Int32Array(80);
  let length = 0;

  function compress(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < 16; i++) words[i] = decodeU32BE(bytes, at + 4 * i);
    for (let i = 16; i < 80; i++) {
      const word =
        (words[i - 3] as number) ^
        (words[i - 8] as number) ^
        (words[i - 14] as number) ^
        (words[i - 16] as number);
      words[i] = (word << 1) | (word >>> 31);
    }
    let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      let mix: number;
      if (i < 20) mix = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i < 40) mix = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) mix = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      else mix = (b ^ c ^ d) + 0xca62c1d6;
      const next = (((a << 5) | (a >>> 27)) + mix + e + (words[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    state[0] = (state[0] as number) + a;
    state[1] = (state[1] as number) + b;
    state[2] = (state[2] as number) + c;
    state[3] = (state[3] as number) + d;
    state[4] = (state[4] as number) + e;
  }

  function update(bytes: Uint8Array): void {
    let at = 0;
    const filled = length % BLOCK;
    length += bytes.length;
    if (filled > 0) {
      const head = bytes.subarray(0, BLOCK - filled);
      block.set(head, filled);
      at = head.length;
      if (filled + at < BLOCK) return;
      compress(block, 0);
    }
    for (; bytes.length - at >= BLOCK; at += BLOCK) compress(bytes, at);
    block.set(bytes.subarray(at));
  }

  return {
    update,
    digest() {
      const bits = length * 8;
      const zeros = (BLOCK + 55 - (length % BLOCK)) % BLOCK;
      const tail = new Uint8Array(1 + zeros + 8);
      tail[0] = 0x80;
      encodeU64BE(tail, 1 + zeros, bits);
      update(tail);
      const digest = new Uint8Array(20);
      for (let i = 0; i < 5; i++) encodeU32BE(digest, 4 * i, state[i] as number);
      return digest;
    },
  };
}
