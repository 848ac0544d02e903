// Line charts with logarithmic axes as SVG, for the figures of the documentation.

/** One line of a chart: its points are [x, y], both above 0. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** How a value of the y axis is written; as it is if absent. */
  readonly formatY?: (value: number) => string;
}

const WIDTH = 400;
const HEIGHT = 260;
const MARGIN = { left: 64, right: 90, top: 32, bottom: 44 };
/** Okabe and Ito's colours, which colour-blind people can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3', '', '6 3'];
/** Names at the ends of lines keep this distance. */
const LINE_HEIGHT = 13;

/** Charts side by side in one picture. */
export function renderCharts(charts: readonly Chart[], columns = 2): string {
  const rows = Math.ceil(charts.length / columns);
  const [width, height] = [Math.min(columns, charts.length) * WIDTH, rows * HEIGHT];
  const parts = charts.map((chart, i) => {
    const [x, y] = [(i % columns) * WIDTH, Math.floor(i / columns) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${renderChart(chart)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">
<title>${charts.map(({ title }) => title).join('; ')}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

function renderChart({ title, xLabel, series, formatY = String }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const xAxis = logAxis(
    points.map(([x]) => x),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const yAxis = logAxis(
    points.map(([, y]) => y),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const bottom = HEIGHT - MARGIN.bottom;
  const right = WIDTH - MARGIN.right;
  const parts = [
    text(MARGIN.left, 18, title, 'font-weight="bold"'),
    text((MARGIN.left + right) / 2, HEIGHT - 8, xLabel, 'text-anchor="middle"'),
  ];
  for (const value of xAxis.ticks) {
    const x = round(xAxis.place(value));
    parts.push(`<path d="M${x} ${MARGIN.top}V${bottom}" stroke="#ddd"/>`);
    parts.push(text(x, bottom + 15, formatCount(value), 'text-anchor="middle"'));
  }
  for (const value of yAxis.ticks) {
    const y = round(yAxis.place(value));
    parts.push(`<path d="M${MARGIN.left} ${y}H${right}" stroke="#ddd"/>`);
    parts.push(text(MARGIN.left - 6, y + 4, formatY(value), 'text-anchor="end"'));
  }
  const ends = series.map((line) => yAxis.place(line.points.at(-1)?.[1] ?? 1));
  const labels = spread(ends, bottom - LINE_HEIGHT / 2);
  series.forEach((line, i) => {
    const path = line.points.map(([x, y]) => `${round(xAxis.place(x))} ${round(yAxis.place(y))}`);
    const colour = COLOURS[i % COLOURS.length] as string;
    const dash = DASHES[i % DASHES.length] as string;
    parts.push(
      `<path d="M${path.join('L')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
      text(right + 6, round(labels[i] as number) + 4, line.name, `fill="${colour}"`),
    );
  });
  return parts.join('\n');
}

interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** So much of a power of ten may values be above the last tick. */
const OVERSHOOT = 0.02;

/** Whole powers of ten around `values`, from coordinate `start` to `end`. */
function logAxis(values: readonly number[], start: number, end: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - OVERSHOOT));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
    place: (value) => start + ((Math.log10(value) - low) / (high - low)) * (end - start),
  };
}

/** Moves coordinates apart so that text at them does not overlap, nor what stands below `bottom`. */
function spread(places: readonly number[], bottom: number): number[] {
  const result = [...places];
  const order = places.map((_, i) => i).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  let most = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    result[i] = Math.max(result[i] as number, most);
    most = (result[i] as number) + LINE_HEIGHT;
  }
  let least = bottom;
  for (const i of order.reverse()) {
    result[i] = Math.min(result[i] as number, least);
    least = (result[i] as number) - LINE_HEIGHT;
  }
  return result;
}

function formatCount(value: number): string {
  return value.toLocaleString('en', { notation: 'compact' });
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
