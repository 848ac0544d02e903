import { toOneLine } from '#format';
import { squarify } from '../../../look/info/treemap.ts';
import { formatBytes } from '../../units.ts';
import type { MapReport } from '../map-report.ts';
import { type Child, make, table } from './dom.ts';
import { mapOfPaths } from './map-of-paths.ts';
import { encodeBytes } from './names.ts';
import type { PageImage } from './page-image.ts';

/** Of the picture, in pixels: what the page has room for, within these. */
const LEAST_WIDTH = 320;
const MOST_WIDTH = 960;
const MARGIN = 16;
/** White text can be read on each of them. */
const COLOURS = 8;
const SVG = 'http://www.w3.org/2000/svg';
const ROWS = 12;

/** Where the bytes of an image went. Of an image elsewhere, its path index is read, which takes a while. */
export async function mapView(
  image: PageImage,
  number: number,
  isShown: () => boolean,
): Promise<Child[]> {
  if (image.map !== undefined) {
    const answer = await fetch(image.map);
    if (!answer.ok) throw new Error((await answer.text()) || `status ${answer.status}`);
    return describe((await answer.json()) as MapReport, number);
  }
  const status = make('p', { role: 'status' }, 'Reading the path index…');
  const place = make('div', {}, status);
  mapOfPaths(image, (paths) => {
    status.textContent = `Reading the path index: ${paths} paths…`;
    return isShown();
  }).then(
    (report) => {
      if (report !== undefined) place.replaceChildren(...describe(report, number));
    },
    (error) => {
      status.textContent = String(error.message);
      status.className = 'error';
    },
  );
  return [place];
}

/** A picture, and the same in words. */
function describe({ imageSize, commit, pack, files }: MapReport, number: number): Child[] {
  const inFiles = files.shares.reduce((sum, { packed }) => sum + packed, 0);
  const boxes = files.shares.map(({ path, packed }) => ({ name: path, path, weight: packed }));
  const rest = { name: 'trees, commit, index', path: '', weight: imageSize - inFiles };
  const link = (path: string) => make('a', { href: addressOfText(number, path) }, nameOf(path));
  const percent = (packed: number) => `${((100 * packed) / imageSize).toFixed(1)} %`;
  const { id, author, message = '' } = commit;
  const [subject = ''] = message.split('\n');
  const objects = pack === undefined ? '' : `, ${pack.objects} objects, ${pack.deltas} deltas`;
  return [
    make(
      'dl',
      {},
      ...fact('Image', formatBytes(imageSize) + objects),
      ...fact(
        'Files',
        `${files.kinds.file + files.kinds.executable}, ${formatBytes(files.size)} unpacked`,
      ),
      ...fact('Commit', make('code', {}, id)),
      ...(author === undefined ? [] : fact('Author', toOneLine(author))),
      ...(subject === '' ? [] : fact('Subject', toOneLine(subject))),
    ),
    picture([...boxes, rest], number),
    make('h2', {}, 'Folders'),
    table(
      ['Folder', '#Packed', '#Share', '#Unpacked', '#Files'],
      files.shares
        .slice(0, ROWS)
        .map(({ path, packed, size, files }) => [
          link(path),
          formatBytes(packed),
          percent(packed),
          formatBytes(size),
          String(files),
        ]),
    ),
    make('h2', {}, 'Suffixes'),
    table(
      ['Suffix', '#Packed', '#Share', '#Unpacked', '#Files'],
      files.suffixes.map(({ suffix, packed, size, files }) => [
        toOneLine(suffix) || '(none)',
        formatBytes(packed),
        percent(packed),
        formatBytes(size),
        String(files),
      ]),
    ),
    make('h2', {}, 'Largest files'),
    table(
      ['File', '#Packed', '#Unpacked'],
      files.largest.map(({ path, packed, size }) => [
        link(path),
        formatBytes(packed),
        formatBytes(size),
      ]),
    ),
  ];
}

function fact(name: string, value: Child): Child[] {
  return [make('dt', {}, name), make('dd', {}, value)];
}

/** A path of the report is text already: one that was no UTF-8 leads nowhere, which the page says. */
function addressOfText(image: number, path: string): string {
  const place = path === '.' ? '' : encodeBytes(new TextEncoder().encode(path));
  return `#files/${image}/${place}`;
}

/** What a folder of the report is called; it has the files of the root as those of `.`. */
function nameOf(path: string): string {
  return path === '.' ? 'files at the top' : toOneLine(path) || 'other folders';
}

interface Box {
  readonly name: string;
  readonly path: string;
  readonly weight: number;
}

function picture(boxes: readonly Box[], number: number): Element {
  const room = document.querySelector('main')?.clientWidth ?? MOST_WIDTH;
  const width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, room - 2 * MARGIN));
  const height = Math.max(LEAST_WIDTH, width / 2);
  const area = { x: 0, y: 0, width, height };
  const tops = [...new Set(boxes.map(({ path }) => path.split('/')[0]))];
  const parts = squarify(boxes, area).map(({ name, path, weight, x, y, width, height }) => {
    const words = nameOf(name);
    const title = svg('title', {});
    title.textContent = `${words}: ${formatBytes(weight)}`;
    const colour = tops.indexOf(path.split('/')[0]) % COLOURS;
    const box = { x, y, width: Math.max(0, width - 1), height: Math.max(0, height - 1) };
    const parts = [
      title,
      svg('rect', { ...box, class: path === '' ? 'rest' : `colour-${colour}` }),
    ];
    if (width > 48 && height > 18) {
      const text = svg('text', { x: x + 5, y: y + 15 });
      const room = Math.floor((width - 8) / 7);
      text.textContent = words.length > room ? `${words.slice(0, room - 1)}…` : words;
      parts.push(text);
    }
    const holder = path === '' ? svg('g', {}) : svg('a', { href: addressOfText(number, path) });
    // The tables below are the way for keyboards.
    if (path !== '') holder.setAttribute('tabindex', '-1');
    holder.append(...parts);
    return holder;
  });
  const drawn = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'map' });
  drawn.setAttribute(
    'aria-label',
    'A rectangle for each folder, as large as its part of the image',
  );
  drawn.append(...parts);
  return drawn;
}

function svg(tag: string, attributes: Readonly<Record<string, string | number>>): Element {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
