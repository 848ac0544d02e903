export type { ByteSource } from './byte-source.ts';
export { FormatError, type FormatErrorCode, type FormatErrorPlace } from './errors.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
