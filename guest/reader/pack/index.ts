export { analyzePack } from './analyze-pack.ts';
export { wrongObject } from './checked-blob.ts';
export { ObjectReader, openDecoder, type PackEntry } from './object-reader.ts';
