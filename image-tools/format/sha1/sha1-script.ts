const BLOCK = 64;
const schedule = new Int32Array(80);

/**
 * The compression function of SHA-1 (FIPS 180-4, section 6.1) in plain JavaScript: slower than the
 * one in WebAssembly, and done with a few blocks before that one is compiled.
 * @param state five words, which are updated
 */
export function compressBlocks(state: Uint32Array, input: Uint8Array, count: number): void {
  const w = schedule;
  for (let block = 0; block < count * BLOCK; block += BLOCK) {
    for (let t = 0, at = block; t < 16; t++, at += 4) {
      w[t] =
        ((input[at] as number) << 24) |
        ((input[at + 1] as number) << 16) |
        ((input[at + 2] as number) << 8) |
        (input[at + 3] as number);
    }
    for (let t = 16; t < 80; t++) {
      const word =
        (w[t - 3] as number) ^ (w[t - 8] as number) ^ (w[t - 14] as number) ^ (w[t - 16] as number);
      w[t] = (word << 1) | (word >>> 31);
    }
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let d = state[3] as number;
    let e = state[4] as number;
    // Four loops are twice as fast as one that chooses; so are sums of 32 bits.
    for (let t = 0; t < 20; t++) {
      const next =
        (((a << 5) | (a >>> 27)) +
          (((d ^ (b & (c ^ d))) + 0x5a827999) | 0) +
          e +
          (w[t] as number)) |
        0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let t = 20; t < 40; t++) {
      const next =
        (((a << 5) | (a >>> 27)) + (((b ^ c ^ d) + 0x6ed9eba1) | 0) + e + (w[t] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let t = 40; t < 60; t++) {
      const next =
        (((a << 5) | (a >>> 27)) +
          ((((b & c) | (d & (b | c))) - 0x70e44324) | 0) +
          e +
          (w[t] as number)) |
        0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    for (let t = 60; t < 80; t++) {
      const next =
        (((a << 5) | (a >>> 27)) + (((b ^ c ^ d) - 0x359d3e2a) | 0) + e + (w[t] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    // The array takes each sum modulo 2^32.
    state[0] = (state[0] as number) + a;
    state[1] = (state[1] as number) + b;
    state[2] = (state[2] as number) + c;
    state[3] = (state[3] as number) + d;
    state[4] = (state[4] as number) + e;
  }
}
