/**
 * The page that precedes the guest's memory in the mapping that both processes share: doorbells, a
 * cache line each. The guest's script sees none of it; a guest that broke out of its runtime could
 * write it, and would only put itself to sleep.
 */
export const CONTROL_BYTES = 4096;

/** Indexes of 32-bit words. */
export const ControlWord = {
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

/** The address of a word of the page, given the address of the mapping. */
export function wordAddress(mapping: bigint, word: number): bigint {
  return mapping + BigInt(word * 4);
}
