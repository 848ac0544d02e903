// Where everything stands in the module's memory; also read by the files of inflate/, so without the
// types that only AssemblyScript knows. Below INPUT there are only tables of fixed size.
/** u16[16]: how many codes have each length. */
export const COUNTS = 1024;
/** u16[16]: where the symbols of each length begin in SORTED. */
export const STARTS = COUNTS + 2 * 16;
/** u16[288]: symbols by length of code, then by value. */
export const SORTED = STARTS + 2 * 16;
/** u8[320 and some room]: the code lengths of a block, literals and lengths first. */
export const LENGTHS = SORTED + 2 * 288;
/** u32[288], u32[32], u32[19]: what each symbol means, see symbols.ts. */
export const LITERAL_SYMBOLS = 2048;
export const DISTANCE_SYMBOLS = LITERAL_SYMBOLS + 4 * 288;
export const LENGTH_SYMBOLS = DISTANCE_SYMBOLS + 4 * 32;
/** u32[128]: decodes the code lengths themselves. */
export const LENGTH_TABLE = LENGTH_SYMBOLS + 4 * 20;
/** u32[32], u32[512]: the tables of the fixed codes. */
export const FIXED_DISTANCES = LENGTH_TABLE + 4 * 128;
export const FIXED_LITERALS = FIXED_DISTANCES + 4 * 32;
/**
 * The tables of a block's own codes. zlib's `examples/enough.c` gives the most entries that any
 * valid code can need: 402 for 32 symbols and a root of 8 bits, 2,342 for 288 and a root of 11.
 */
export const DISTANCES = FIXED_LITERALS + 4 * 512;
export const LITERALS = DISTANCES + 4 * 402;
/** u16[288 and one]: the symbols that have a code. */
export const CODED = LITERALS + 4 * 2342;
/** u8[256]: each byte with its bits in the opposite order. */
export const REVERSED = CODED + 2 * 290;
/** u8[128][8]: where a copy out of a delta's base has each byte of its offset and length, see delta.ts. */
export const COPY_BYTES = REVERSED + 256;

/** Compressed bytes, put here by the host. */
export const INPUT = 0x5000;
export const INPUT_SIZE = 0x10000;
/**
 * Inflated bytes: up to 32 KiB of history, a piece of new ones, and some room. A delta that is to be
 * applied stands here too.
 */
export const OUTPUT = INPUT + INPUT_SIZE;
export const HISTORY_SIZE = 0x8000;
export const PIECE_SIZE = 0x20000;
/** Writing may pass the end of an output by two literals, the longest match and 14 bytes. */
export const OUTPUT_MARGIN = 288;
/** The largest delta that is applied here, in bytes. */
export const MAX_DELTA_SIZE = HISTORY_SIZE + PIECE_SIZE;
/** What is found in a tree stands at OUTPUT: u32[MAX_LISTED]. */
export const MAX_LISTED = 0x2000;
/** Objects, as the host arranges them: all of the memory from here on. */
export const OBJECTS = 0x40000;
