/** Bytes of the longest name that Linux's programs expect. Git knows longer ones: they are listed only. */
export const MAX_NAME_BYTES = 255;
/** With a longer name, the kernel refuses the whole directory. */
export const MAX_LISTED_NAME_BYTES = 1024;
