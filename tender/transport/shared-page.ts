import { FUTEX_WAIT, FUTEX_WAKE } from '../native/constants.ts';
import type { Libc, SharedMapping } from '../native/libc.ts';
import { timespec } from '../native/timespec.ts';
import { Bell, type Words } from './bell.ts';

/**
 * The page that precedes the guest's memory in the mapping that both processes share: doorbells, a
 * cache line each. The guest's script sees none of it; a guest that broke out of its runtime could
 * write it, and would only put itself to sleep.
 */
export const CONTROL_BYTES = 4096;

/** Indexes of 32-bit words. */
const ControlWord = {
  /** The guest adds one when it has made requests available. */
  DOORBELL: 0,
  /** 1 while the tender sleeps on DOORBELL, and has to be woken. */
  TENDER_SLEEPS: 16,
  /** The tender adds one when it has answered requests. */
  COMPLETION: 32,
  /** 1 while the guest sleeps on COMPLETION. */
  GUEST_SLEEPS: 48,
  /** The guest adds one when it has said something on its channel that does not wait. */
  HAILS: 64,
} as const;

/** The page, as either side uses it. */
export interface SharedPage {
  /** The guest rings it: it made requests available. */
  readonly doorbell: Bell;
  /** The tender rings it: it answered requests. */
  readonly completion: Bell;
  /** How often the guest hailed: it said something on its channel that does not wait. */
  readonly hails: number;
  /** Counts the hails up. */
  hail(): void;
}

const ALL_SLEEPERS = 0x7fffffff;

function sharedWords(words: Int32Array, libc: Libc, mapping: SharedMapping): Words {
  const limit = timespec(libc);
  const limitLater = timespec(libc);
  const addresses = Object.fromEntries(
    Object.values(ControlWord).map((word) => [word, mapping.address + BigInt(word * 4)]),
  ) as Record<number, bigint>;
  const { add, load, store } = Atomics;
  const { raw } = libc;
  return {
    load: (word) => load(words, word),
    store: (word, value) => void store(words, word, value),
    add: (word, value) => void add(words, word, value),
    sleep(word, expected, nanoseconds) {
      const until = nanoseconds === undefined ? 0 : limit(nanoseconds);
      raw('futex', addresses[word], FUTEX_WAIT, expected, until);
    },
    sleepLater(word, expected, nanoseconds, done) {
      const args = [addresses[word] as bigint, FUTEX_WAIT, expected, limitLater(nanoseconds)];
      libc.callLater('futex', args, done);
    },
    wake: (word) => void raw('futex', addresses[word], FUTEX_WAKE, 1),
    wakeAll: (word) => void raw('futex', addresses[word], FUTEX_WAKE, ALL_SLEEPERS),
  };
}

/** The page at the start of a mapping; not to be touched once that is unmapped. */
export function openSharedPage(libc: Libc, mapping: SharedMapping): SharedPage {
  const words = new Int32Array(mapping.view(0, CONTROL_BYTES));
  const shared = sharedWords(words, libc, mapping);
  return {
    doorbell: new Bell(shared, ControlWord.DOORBELL, ControlWord.TENDER_SLEEPS),
    completion: new Bell(shared, ControlWord.COMPLETION, ControlWord.GUEST_SLEEPS),
    get hails() {
      return shared.load(ControlWord.HAILS);
    },
    hail: () => shared.add(ControlWord.HAILS, 1),
  };
}
