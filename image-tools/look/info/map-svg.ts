import { toOneLine } from '#format';
import type { ImageReport } from './image-report.ts';
import { type Rectangle, squarify } from './treemap.ts';

const WIDTH = 960;
const HEIGHT = 600;
const TITLE = 28;
/** Rectangles of one picture; the rest is one more. */
const MOST = 400;
const COLOURS = [
  '#4e79a7',
  '#f28e2b',
  '#59a14f',
  '#b07aa1',
  '#76b7b2',
  '#e15759',
  '#9c755f',
  '#edc948',
];

/** A picture of where the bytes of a PACK went: a rectangle for each folder, coloured by the topmost one. */
export function mapSvg(title: string, { layout, files, pack }: ImageReport): string {
  const shares = files.shares.map(({ path, packed }) => ({ name: path, weight: packed }));
  const shown = shares.slice(0, MOST);
  const others = shares.slice(MOST).reduce((sum, { weight }) => sum + weight, 0);
  const inFiles = shares.reduce((sum, { weight }) => sum + weight, 0);
  const all = [
    ...shown,
    { name: 'other folders', weight: others },
    { name: 'trees, commit, index', weight: layout.imageSize - inFiles },
  ];
  const tops = [...new Set(all.map(({ name }) => topOf(name)))];
  const area = { x: 0, y: TITLE, width: WIDTH, height: HEIGHT - TITLE };
  const parts = squarify(all, area).map((part) => {
    const colour = COLOURS[tops.indexOf(topOf(part.name)) % COLOURS.length] as string;
    return rectangle(part, `${part.name}: ${format(part.weight)}`, part.name, colour);
  });
  const words = `${title}: ${format(layout.imageSize)}, ${pack.objects} objects, ${pack.deltas} deltas`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<text x="4" y="19" font-size="14">${escapeXml(words)}</text>
${parts.join('\n')}
</svg>
`;
}

function rectangle(
  { x, y, width, height }: Rectangle,
  words: string,
  label: string,
  colour: string,
): string {
  const box = [x, y, width, height].map((number) => number.toFixed(1));
  const text = label.length > width / 7 ? `${label.slice(0, Math.floor(width / 7) - 1)}…` : label;
  const shown =
    width > 40 && height > 16
      ? `<text x="${(x + 4).toFixed(1)}" y="${(y + 14).toFixed(1)}" fill="#fff">${escapeXml(text)}</text>`
      : '';
  return `<g><title>${escapeXml(words)}</title><rect x="${box[0]}" y="${box[1]}" width="${box[2]}" height="${box[3]}" fill="${colour}" stroke="#fff"/>${shown}</g>`;
}

function topOf(path: string): string {
  return path.split('/')[0] as string;
}

function format(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 2 ** 20
    ? `${(bytes / 1024).toFixed(1)} KiB`
    : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Names are words of strangers. */
function escapeXml(text: string): string {
  return toOneLine(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
