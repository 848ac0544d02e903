export type { DiskFormat } from './disk-format.ts';
export { ToolError, type ToolErrorCode } from './errors.ts';
export type { ImageSizes } from './image-writer.ts';
export { type IndexOptions, type IndexResult, indexImage } from './index-image.ts';
export { type MakeOptions, type MakeResult, makeImage, type Progress } from './make.ts';
export { type CommitDate, parseRfc3339 } from './rfc3339.ts';
export { type VerifyOptions, type VerifyResult, verifyImage } from './verify.ts';
