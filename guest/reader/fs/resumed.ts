/**
 * Iterates over what `begin` gives. If a step throws, the next one begins again behind the last item that was
 * given: where a source lacked bytes for a moment, the step can simply be repeated.
 */
export function resumed<Item>(
  begin: (last: Item | undefined) => Iterator<Item>,
): IterableIterator<Item> {
  return new Resumed(begin);
}

class Resumed<Item> implements IterableIterator<Item> {
  readonly #begin: (last: Item | undefined) => Iterator<Item>;
  #items: Iterator<Item> | undefined;
  #last: Item | undefined;

  constructor(begin: (last: Item | undefined) => Iterator<Item>) {
    this.#begin = begin;
  }

  next(): IteratorResult<Item> {
    this.#items ??= this.#begin(this.#last);
    try {
      const result = this.#items.next();
      if (!result.done) this.#last = result.value;
      return result;
    } catch (error) {
      this.#items = undefined;
      throw error;
    }
  }

  [Symbol.iterator](): this {
    return this;
  }
}
