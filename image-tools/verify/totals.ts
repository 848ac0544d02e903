/** What all threads of a check count together, in bytes, by its place in `totals`: all objects built. */
export const BYTES_BUILT = 0;
/** All trees checked. */
export const BYTES_OF_TREES = 1;
