export { analyzePack } from './analyze-pack.ts';
export { ObjectReader, type PackEntry } from './object-reader.ts';
