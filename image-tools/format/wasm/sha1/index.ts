// The compression function of SHA-1 (FIPS 180-4, section 6.1): compiled to WebAssembly by
// scripts/build-wasm.ts.
import { INPUT, SCHEDULE, STATE } from './memory-map.ts';

const K0: u32 = 0x5a827999;
const K1: u32 = 0x6ed9eba1;
const K2: u32 = 0x8f1bbcdc;
const K3: u32 = 0xca62c1d6;

function rotateLanes(words: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(words, bits), i32x4.shr_u(words, 32 - bits));
}

/** Four big-endian words of a block. */
function loadWords(address: u32): v128 {
  const bytes = v128.load(address);
  return v128.shuffle<u8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Words t to t+3 of the schedule, from the sixteen before them. */
function nextWords(w16: v128, w12: v128, w8: v128, w4: v128): v128 {
  // The last of the four needs the first: it is left out, and what it adds is added afterwards.
  const last3 = v128.shuffle<i32>(w4, i32x4.splat(0), 1, 2, 3, 4);
  const mixed = v128.xor(
    v128.xor(last3, w8),
    v128.xor(v128.shuffle<i32>(w16, w12, 2, 3, 4, 5), w16),
  );
  const words = rotateLanes(mixed, 1);
  const first = v128.shuffle<i32>(i32x4.splat(0), words, 0, 0, 0, 4);
  return v128.xor(words, rotateLanes(first, 1));
}

/** The same from word 32 on: the rule applied twice, so no word needs its neighbour. */
function laterWords(w32: v128, w28: v128, w16: v128, w8: v128, w4: v128): v128 {
  const w6 = v128.shuffle<i32>(w8, w4, 2, 3, 4, 5);
  return rotateLanes(v128.xor(v128.xor(w6, w16), v128.xor(w28, w32)), 2);
}

/** Stores words t to t+3 with the constant of their rounds. */
function put(t: u32, words: v128, k: u32): void {
  v128.store(SCHEDULE + 4 * t, i32x4.add(words, i32x4.splat(k)));
}

/** The message schedule of the block at `block`; all in registers, written once. */
function expand(block: u32): void {
  const w0 = loadWords(block);
  put(0, w0, K0);
  const w4 = loadWords(block + 16);
  put(4, w4, K0);
  const w8 = loadWords(block + 32);
  put(8, w8, K0);
  const w12 = loadWords(block + 48);
  put(12, w12, K0);
  const w16 = nextWords(w0, w4, w8, w12);
  put(16, w16, K0);
  const w20 = nextWords(w4, w8, w12, w16);
  put(20, w20, K1);
  const w24 = nextWords(w8, w12, w16, w20);
  put(24, w24, K1);
  const w28 = nextWords(w12, w16, w20, w24);
  put(28, w28, K1);
  const w32 = laterWords(w0, w4, w16, w24, w28);
  put(32, w32, K1);
  const w36 = laterWords(w4, w8, w20, w28, w32);
  put(36, w36, K1);
  const w40 = laterWords(w8, w12, w24, w32, w36);
  put(40, w40, K2);
  const w44 = laterWords(w12, w16, w28, w36, w40);
  put(44, w44, K2);
  const w48 = laterWords(w16, w20, w32, w40, w44);
  put(48, w48, K2);
  const w52 = laterWords(w20, w24, w36, w44, w48);
  put(52, w52, K2);
  const w56 = laterWords(w24, w28, w40, w48, w52);
  put(56, w56, K2);
  const w60 = laterWords(w28, w32, w44, w52, w56);
  put(60, w60, K3);
  const w64 = laterWords(w32, w36, w48, w56, w60);
  put(64, w64, K3);
  const w68 = laterWords(w36, w40, w52, w60, w64);
  put(68, w68, K3);
  const w72 = laterWords(w40, w44, w56, w64, w68);
  put(72, w72, K3);
  const w76 = laterWords(w44, w48, w60, w68, w72);
  put(76, w76, K3);
}

function wordOf(t: u32): u32 {
  return load<u32>(SCHEDULE + 4 * t);
}

function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d));
}

function parity(b: u32, c: u32, d: u32): u32 {
  return b ^ c ^ d;
}

function majority(b: u32, c: u32, d: u32): u32 {
  return (b & c) + (d & (b ^ c));
}

/** Hashes the first `count` blocks of INPUT into STATE. Five rounds a turn: the names come round. */
export function compress(count: u32): void {
  let h0 = load<u32>(STATE);
  let h1 = load<u32>(STATE + 4);
  let h2 = load<u32>(STATE + 8);
  let h3 = load<u32>(STATE + 12);
  let h4 = load<u32>(STATE + 16);
  const stop: u32 = INPUT + 64 * count;
  for (let block: u32 = INPUT; block < stop; block += 64) {
    expand(block);
    let a = h0;
    let b = h1;
    let c = h2;
    let d = h3;
    let e = h4;
    let t: u32 = 0;
    for (; t < 20; t += 5) {
      e += rotl<u32>(a, 5) + choose(b, c, d) + wordOf(t);
      b = rotl<u32>(b, 30);
      d += rotl<u32>(e, 5) + choose(a, b, c) + wordOf(t + 1);
      a = rotl<u32>(a, 30);
      c += rotl<u32>(d, 5) + choose(e, a, b) + wordOf(t + 2);
      e = rotl<u32>(e, 30);
      b += rotl<u32>(c, 5) + choose(d, e, a) + wordOf(t + 3);
      d = rotl<u32>(d, 30);
      a += rotl<u32>(b, 5) + choose(c, d, e) + wordOf(t + 4);
      c = rotl<u32>(c, 30);
    }
    for (; t < 40; t += 5) {
      e += rotl<u32>(a, 5) + parity(b, c, d) + wordOf(t);
      b = rotl<u32>(b, 30);
      d += rotl<u32>(e, 5) + parity(a, b, c) + wordOf(t + 1);
      a = rotl<u32>(a, 30);
      c += rotl<u32>(d, 5) + parity(e, a, b) + wordOf(t + 2);
      e = rotl<u32>(e, 30);
      b += rotl<u32>(c, 5) + parity(d, e, a) + wordOf(t + 3);
      d = rotl<u32>(d, 30);
      a += rotl<u32>(b, 5) + parity(c, d, e) + wordOf(t + 4);
      c = rotl<u32>(c, 30);
    }
    for (; t < 60; t += 5) {
      e += rotl<u32>(a, 5) + majority(b, c, d) + wordOf(t);
      b = rotl<u32>(b, 30);
      d += rotl<u32>(e, 5) + majority(a, b, c) + wordOf(t + 1);
      a = rotl<u32>(a, 30);
      c += rotl<u32>(d, 5) + majority(e, a, b) + wordOf(t + 2);
      e = rotl<u32>(e, 30);
      b += rotl<u32>(c, 5) + majority(d, e, a) + wordOf(t + 3);
      d = rotl<u32>(d, 30);
      a += rotl<u32>(b, 5) + majority(c, d, e) + wordOf(t + 4);
      c = rotl<u32>(c, 30);
    }
    for (; t < 80; t += 5) {
      e += rotl<u32>(a, 5) + parity(b, c, d) + wordOf(t);
      b = rotl<u32>(b, 30);
      d += rotl<u32>(e, 5) + parity(a, b, c) + wordOf(t + 1);
      a = rotl<u32>(a, 30);
      c += rotl<u32>(d, 5) + parity(e, a, b) + wordOf(t + 2);
      e = rotl<u32>(e, 30);
      b += rotl<u32>(c, 5) + parity(d, e, a) + wordOf(t + 3);
      d = rotl<u32>(d, 30);
      a += rotl<u32>(b, 5) + parity(c, d, e) + wordOf(t + 4);
      c = rotl<u32>(c, 30);
    }
    h0 += a;
    h1 += b;
    h2 += c;
    h3 += d;
    h4 += e;
  }
  store<u32>(STATE, h0);
  store<u32>(STATE + 4, h1);
  store<u32>(STATE + 8, h2);
  store<u32>(STATE + 12, h3);
  store<u32>(STATE + 16, h4);
}
