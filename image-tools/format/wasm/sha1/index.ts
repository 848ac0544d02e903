// The compression function of SHA-1 (FIPS 180-4, section 6.1): compiled to WebAssembly by
// scripts/build-wasm.ts.
import { INPUT, SCHEDULE, STATE } from './memory-map.ts';
import { laterWords, loadWords, nextWords } from './schedule.ts';

const K0: u32 = 0x5a827999;
const K1: u32 = 0x6ed9eba1;
const K2: u32 = 0x8f1bbcdc;
const K3: u32 = 0xca62c1d6;

/** Stores words t to t+3 with the constant of their rounds. */
function put(t: u32, words: v128, k: u32): void {
  v128.store(SCHEDULE + 4 * t, i32x4.add(words, i32x4.splat(k)));
}

/** Of the three, `b` is known last: what does without it comes first. */
function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d));
}

function parity(b: u32, c: u32, d: u32): u32 {
  return c ^ d ^ b;
}

function majority(b: u32, c: u32, d: u32): u32 {
  return (c & d) + (b & (c ^ d));
}

/** What round t makes of `e`. The last round's `a` comes last: all else can be added before it is known. */
function mix(t: u32, e: u32, a: u32, chosen: u32): u32 {
  return e + load<u32>(SCHEDULE + 4 * t) + chosen + rotl<u32>(a, 5);
}

/**
 * Hashes the first `count` blocks of INPUT into STATE. The rounds are written out, their names coming
 * round every five, and between them the words of the schedule, sixteen ahead: a processor works on
 * both at once, and takes 0.6 of the time of a loop of rounds after a whole schedule.
 */
export function compress(count: u32): void {
  let h0 = load<u32>(STATE);
  let h1 = load<u32>(STATE + 4);
  let h2 = load<u32>(STATE + 8);
  let h3 = load<u32>(STATE + 12);
  let h4 = load<u32>(STATE + 16);
  const stop: u32 = INPUT + 64 * count;
  for (let block: u32 = INPUT; block < stop; block += 64) {
    let a = h0;
    let b = h1;
    let c = h2;
    let d = h3;
    let e = h4;
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
    e = mix(0, e, a, choose(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(1, d, e, choose(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(2, c, d, choose(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(3, b, c, choose(d, e, a));
    d = rotl<u32>(d, 30);
    const w20 = nextWords(w4, w8, w12, w16);
    put(20, w20, K1);
    a = mix(4, a, b, choose(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(5, e, a, choose(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(6, d, e, choose(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(7, c, d, choose(e, a, b));
    e = rotl<u32>(e, 30);
    const w24 = nextWords(w8, w12, w16, w20);
    put(24, w24, K1);
    b = mix(8, b, c, choose(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(9, a, b, choose(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(10, e, a, choose(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(11, d, e, choose(a, b, c));
    a = rotl<u32>(a, 30);
    const w28 = nextWords(w12, w16, w20, w24);
    put(28, w28, K1);
    c = mix(12, c, d, choose(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(13, b, c, choose(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(14, a, b, choose(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(15, e, a, choose(b, c, d));
    b = rotl<u32>(b, 30);
    const w32 = laterWords(w0, w4, w16, w24, w28);
    put(32, w32, K1);
    d = mix(16, d, e, choose(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(17, c, d, choose(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(18, b, c, choose(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(19, a, b, choose(c, d, e));
    c = rotl<u32>(c, 30);
    const w36 = laterWords(w4, w8, w20, w28, w32);
    put(36, w36, K1);
    e = mix(20, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(21, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(22, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(23, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    const w40 = laterWords(w8, w12, w24, w32, w36);
    put(40, w40, K2);
    a = mix(24, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(25, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(26, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(27, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    const w44 = laterWords(w12, w16, w28, w36, w40);
    put(44, w44, K2);
    b = mix(28, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(29, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(30, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(31, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    const w48 = laterWords(w16, w20, w32, w40, w44);
    put(48, w48, K2);
    c = mix(32, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(33, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(34, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(35, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    const w52 = laterWords(w20, w24, w36, w44, w48);
    put(52, w52, K2);
    d = mix(36, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(37, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(38, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(39, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    const w56 = laterWords(w24, w28, w40, w48, w52);
    put(56, w56, K2);
    e = mix(40, e, a, majority(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(41, d, e, majority(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(42, c, d, majority(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(43, b, c, majority(d, e, a));
    d = rotl<u32>(d, 30);
    const w60 = laterWords(w28, w32, w44, w52, w56);
    put(60, w60, K3);
    a = mix(44, a, b, majority(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(45, e, a, majority(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(46, d, e, majority(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(47, c, d, majority(e, a, b));
    e = rotl<u32>(e, 30);
    const w64 = laterWords(w32, w36, w48, w56, w60);
    put(64, w64, K3);
    b = mix(48, b, c, majority(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(49, a, b, majority(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(50, e, a, majority(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(51, d, e, majority(a, b, c));
    a = rotl<u32>(a, 30);
    const w68 = laterWords(w36, w40, w52, w60, w64);
    put(68, w68, K3);
    c = mix(52, c, d, majority(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(53, b, c, majority(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(54, a, b, majority(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(55, e, a, majority(b, c, d));
    b = rotl<u32>(b, 30);
    const w72 = laterWords(w40, w44, w56, w64, w68);
    put(72, w72, K3);
    d = mix(56, d, e, majority(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(57, c, d, majority(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(58, b, c, majority(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(59, a, b, majority(c, d, e));
    c = rotl<u32>(c, 30);
    const w76 = laterWords(w44, w48, w60, w68, w72);
    put(76, w76, K3);
    e = mix(60, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(61, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(62, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(63, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(64, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(65, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(66, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(67, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(68, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(69, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(70, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(71, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(72, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(73, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(74, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
    e = mix(75, e, a, parity(b, c, d));
    b = rotl<u32>(b, 30);
    d = mix(76, d, e, parity(a, b, c));
    a = rotl<u32>(a, 30);
    c = mix(77, c, d, parity(e, a, b));
    e = rotl<u32>(e, 30);
    b = mix(78, b, c, parity(d, e, a));
    d = rotl<u32>(d, 30);
    a = mix(79, a, b, parity(c, d, e));
    c = rotl<u32>(c, 30);
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
