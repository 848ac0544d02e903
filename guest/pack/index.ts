export { type AnalyzeOptions, analyzePack } from './analyze-pack.ts';
export { ObjectReader, type ObjectReaderOptions, type PackEntry } from './object-reader.ts';
