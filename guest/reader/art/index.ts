export { RadixForest } from './radix-forest.ts';
