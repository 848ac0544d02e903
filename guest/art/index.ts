export { grown } from './grow.ts';
export { RadixForest } from './radix-forest.ts';
