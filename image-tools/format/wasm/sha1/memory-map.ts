// Where everything stands in the module's memory; also read by sha1.ts, so without the types
// that only AssemblyScript knows.
/** The running state, five words of 32 bits. */
export const STATE = 1024;
/** The 80 words that a block is expanded to. */
export const SCHEDULE = STATE + 32;
/** Blocks to hash, put here by the host. */
export const INPUT = 0x1000;
export const INPUT_SIZE = 0x8000;
