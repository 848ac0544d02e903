// Why a stream is refused. inflate-wasm.ts holds the messages, in this order.
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
