export { createFs, type FsOptions, type ImageFs } from './create-fs.ts';
