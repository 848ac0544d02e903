export { ToolError, type ToolErrorCode } from './base/errors.ts';
export { type CommitDate, parseRfc3339 } from './base/rfc3339.ts';
export type { DiskFormat } from './disk/disk-format.ts';
export type { ImageSizes } from './make/image-writer.ts';
export { makeImage } from './make/make.ts';
export type { MakeOptions, MakeResult, Progress } from './make/make-options.ts';
export { type IndexOptions, type IndexResult, indexImage } from './path-index/index-image.ts';
export { type VerifyOptions, type VerifyResult, verifyImage } from './verify/verify.ts';
