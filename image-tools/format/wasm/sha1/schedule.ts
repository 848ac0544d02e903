// The message schedule of SHA-1 (FIPS 180-4, section 6.1.2, step 1), four words at a time.

function rotateLanes(words: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(words, bits), i32x4.shr_u(words, 32 - bits));
}

/** Four big-endian words of a block. */
export function loadWords(address: u32): v128 {
  const bytes = v128.load(address);
  return v128.shuffle<u8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Words t to t+3 of the schedule, from the sixteen before them. */
export function nextWords(w16: v128, w12: v128, w8: v128, w4: v128): v128 {
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
export function laterWords(w32: v128, w28: v128, w16: v128, w8: v128, w4: v128): v128 {
  const w6 = v128.shuffle<i32>(w8, w4, 2, 3, 4, 5);
  return rotateLanes(v128.xor(v128.xor(w6, w16), v128.xor(w28, w32)), 2);
}
