/** Changes of one character that still look like a slip. */
const MOST_CHANGES = 2;

/** The one of `names` that whoever typed `word` most likely meant, if any is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const near = names
    .map((name) => ({ name, changes: distance(word, name) }))
    .filter(({ name, changes }) => changes <= MOST_CHANGES && changes < name.length)
    .sort((a, b) => a.changes - b.changes);
  return near[0]?.name;
}

/** Levenshtein's distance: characters to insert, drop or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}
