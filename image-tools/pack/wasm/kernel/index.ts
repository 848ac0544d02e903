// What the host calls. It lays out memory itself, above `freeMemory`.
import { fillSymbols } from './deflate-symbols';
import { fillLogarithms } from './logarithm';
import { fillGear } from './samples';

export { ensureMemory } from './bytes';
export { deflate, deflateBound, deflateMemory } from './deflate';
export { deflateLazily, lazyMemory } from './deflate-lazy';
export {
  deltaBound,
  deltaCost,
  deltaIndexSize,
  encodeDelta,
  indexBase,
  operationListSize,
  selectBase,
  startTarget,
} from './delta';
export { deltaPathMemory, encodeCheapest, listCopies } from './delta-path';
export {
  addShingles,
  shinglesInHand,
  shingleTableSize,
  startShingles,
  takeShingles,
  vote,
} from './shingles';
export { sketch } from './sketch';

/** First address that the kernel's own tables leave free. */
export function freeMemory(): u32 {
  return (<u32>__heap_base + 15) & ~15;
}

fillGear();
fillSymbols();
fillLogarithms();
