/**
 * An order of entries in which each stands close behind its base: roots as they come, and after each entry, before
 * anything else, all that is built on it. A chain of deltas then lies within its family, where one or two reads
 * of a slow disk get it. `bases` names for each entry an earlier one; what is negative is none of them.
 */
export function familyOrder(bases: Int32Array): Uint32Array {
  const count = bases.length;
  // Children as linked lists, in their order.
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  for (let entry = count - 1; entry >= 0; entry -= 1) {
    const base = bases[entry] as number;
    if (base < 0) continue;
    nextSibling[entry] = firstChild[base] as number;
    firstChild[base] = entry;
  }
  const order = new Uint32Array(count);
  let filled = 0;
  for (let root = 0; root < count; root += 1) {
    if ((bases[root] as number) >= 0) continue;
    for (let entry = root; entry !== -1; ) {
      order[filled++] = entry;
      let next = firstChild[entry] as number;
      while (next === -1 && entry !== root) {
        next = nextSibling[entry] as number;
        entry = bases[entry] as number;
      }
      entry = next;
    }
  }
  return order;
}
