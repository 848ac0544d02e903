/** How much may be started ahead of what has been consumed. */
export interface Ahead {
  readonly tasks: number;
  /** Sum of the items' bytes; an item that is larger on its own goes alone. */
  readonly bytes: number;
}

/**
 * Starts tasks for the items, some of them ahead, and hands their results to `consume` in the
 * items' order, one at a time. The first failure ends it; tasks already started are left to their
 * owner.
 */
export async function consumeInOrder<Item extends { readonly bytes: number }, Result>(
  items: Iterable<Item>,
  ahead: Ahead,
  start: (item: Item) => Promise<Result>,
  consume: (result: Result, item: Item) => void,
): Promise<void> {
  const started: { item: Item; result: Promise<Result> }[] = [];
  let bytes = 0;
  const consumeFirst = async (): Promise<void> => {
    const first = started.shift();
    if (first === undefined) return;
    consume(await first.result, first.item);
    bytes -= first.item.bytes;
  };
  for (const item of items) {
    while (
      started.length >= ahead.tasks ||
      (started.length > 0 && bytes + item.bytes > ahead.bytes)
    ) {
      await consumeFirst();
    }
    const result = start(item);
    // A failure is met when its turn comes; until then nobody waits for it.
    result.catch(() => undefined);
    bytes += item.bytes;
    started.push({ item, result });
  }
  while (started.length > 0) await consumeFirst();
}
