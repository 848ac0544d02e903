// Why a stream is refused. inflate/wasm-faults.ts holds the messages, in this order.
export const BAD_HEADER: u32 = 0;
export const BAD_BLOCK_TYPE: u32 = 1;
export const BAD_STORED_LENGTH: u32 = 2;
export const TOO_MANY_CODES: u32 = 3;
export const BAD_LENGTH_CODE: u32 = 4;
export const BAD_REPEAT: u32 = 5;
export const NO_END_CODE: u32 = 6;
export const BAD_LITERAL_CODE: u32 = 7;
export const BAD_DISTANCE_CODE: u32 = 8;
export const UNUSED_LITERAL: u32 = 9;
export const UNUSED_DISTANCE: u32 = 10;
export const DISTANCE_TOO_FAR: u32 = 11;
export const BAD_CHECKSUM: u32 = 12;
export const TOO_MANY_BYTES: u32 = 13;
export const TOO_FEW_BYTES: u32 = 14;
/** From here on, why a delta is. */
export const SIZES_END: u32 = 15;
export const SIZE_TOO_LARGE: u32 = 16;
export const SIZE_WITHOUT_END: u32 = 17;
export const WRONG_BASE_SIZE: u32 = 18;
export const RESERVED_INSTRUCTION: u32 = 19;
export const COPY_ENDS: u32 = 20;
export const OUT_OF_BOUNDS: u32 = 21;
export const WRONG_RESULT_SIZE: u32 = 22;
/** What the host asked for does not lie in memory. */
export const NO_ROOM: u32 = 23;
