/** Something that has a share of an area. */
export interface Weighted {
  readonly name: string;
  readonly weight: number;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Divides an area by weights into rectangles that are as square as can be (Bruls, Huizing, van Wijk:
 * Squarified Treemaps, 2000). What weighs nothing gets none.
 */
export function squarify<Item extends Weighted>(
  items: readonly Item[],
  area: Rectangle,
): (Item & Rectangle)[] {
  const rest = items.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  const total = rest.reduce((sum, { weight }) => sum + weight, 0);
  const scale = (area.width * area.height) / total;
  const placed: (Item & Rectangle)[] = [];
  let { x, y, width, height } = area;
  while (rest.length > 0) {
    const side = Math.min(width, height);
    const row = [rest.shift() as Item];
    let sum = (row[0] as Item).weight * scale;
    for (let next = rest[0]; next !== undefined; next = rest[0]) {
      const grown = sum + next.weight * scale;
      if (worst([...row, next], scale, grown, side) > worst(row, scale, sum, side)) break;
      row.push(rest.shift() as Item);
      sum = grown;
    }
    const depth = side === 0 ? 0 : sum / side;
    let at = 0;
    for (const item of row) {
      const length = depth === 0 ? 0 : (item.weight * scale) / depth;
      placed.push(
        width <= height
          ? { ...item, x: x + at, y, width: length, height: depth }
          : { ...item, x, y: y + at, width: depth, height: length },
      );
      at += length;
    }
    if (width <= height) [y, height] = [y + depth, Math.max(0, height - depth)];
    else [x, width] = [x + depth, Math.max(0, width - depth)];
  }
  return placed;
}

/** The ratio of the least square rectangle of a row along a side. */
function worst(row: readonly Weighted[], scale: number, sum: number, side: number): number {
  let worstRatio = 0;
  for (const { weight } of row) {
    const part = weight * scale;
    const ratio = Math.max((side * side * part) / (sum * sum), (sum * sum) / (side * side * part));
    worstRatio = Math.max(worstRatio, ratio);
  }
  return worstRatio;
}
