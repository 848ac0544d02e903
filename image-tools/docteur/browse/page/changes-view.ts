import { formatBytes } from '../../units.ts';
import { type Change, changesOf } from './changes.ts';
import { textOf, withoutTurns } from './content.ts';
import { type Child, make } from './dom.ts';
import { ask } from './helper.ts';
import { showName } from './names.ts';
import type { PageImage } from './page-image.ts';
import { addressOf } from './route.ts';

/** Changes that are listed, and texts that are compared, in bytes. */
const MOST_CHANGES = 2000;
const MOST_TEXT = 2 ** 20;

const SIGNS: Readonly<Record<Change['how'], string>> = { added: '+', removed: '−', changed: '±' };

/** All that differs between two images; it grows while it is looked at. */
export function changesView(
  images: readonly [PageImage, PageImage],
  isShown: () => boolean,
): Child[] {
  const list = make('ul', { class: 'changes' });
  const status = make('p', { role: 'status' }, 'Comparing…');
  const compare = async () => {
    const counts = { added: 0, removed: 0, changed: 0 };
    let total = 0;
    for await (const change of changesOf(...images)) {
      if (!isShown()) return;
      counts[change.how] += 1;
      total += 1;
      if (total <= MOST_CHANGES) list.append(itemOf(change));
    }
    const words = Object.entries(counts).map(([how, count]) => `${count} ${how}`);
    const more = total > MOST_CHANGES ? `; the first ${MOST_CHANGES} are listed` : '';
    status.textContent = total === 0 ? 'No file differs.' : words.join(', ') + more;
  };
  compare().catch((error) => {
    status.textContent = String(error.message);
    status.className = 'error';
  });
  return [status, list];
}

function itemOf({ path, how, before, after }: Change): HTMLElement {
  const sizes = [before, after].flatMap((entry) => (entry ? [formatBytes(entry.size)] : []));
  const isFolder = (after ?? before)?.kind === 'directory';
  const name = showName(path) + (isFolder ? '/' : '');
  const place = how === 'changed' ? addressOf({ view: 'changes', path }) : fileAddress(path, how);
  return make(
    'li',
    { class: how },
    make('span', { class: 'sign', title: how }, SIGNS[how]),
    make('a', { href: place }, name),
    make('span', { class: 'quiet' }, isFolder ? '' : ` ${sizes.join(' → ')}`),
  );
}

function fileAddress(path: Uint8Array, how: Change['how']): string {
  return addressOf({ view: 'files', image: how === 'removed' ? 0 : 1, path });
}

/** How one file differs. */
export async function changeView(
  images: readonly [PageImage, PageImage],
  path: Uint8Array,
): Promise<Child[]> {
  const [before, after] = await Promise.all(
    images.map(async (image) => (await image.open()).fs.getPartial(path, 0, MOST_TEXT + 1)),
  );
  const [old, young] = [before, after].map((bytes) =>
    bytes !== undefined && bytes.length <= MOST_TEXT ? textOf(bytes) : undefined,
  );
  const links = [0, 1].map((image) =>
    make(
      'a',
      { href: addressOf({ view: 'files', image, path }) },
      image === 0 ? 'before' : 'after',
    ),
  );
  const both = make('p', {}, 'The whole file: ', links[0] as Child, ', ', links[1] as Child);
  if (old === undefined || young === undefined) {
    return [make('p', {}, 'The two are no text, or are too large to be compared here.'), both];
  }
  const lines = (await ask({ kind: 'diff', before: old, after: young }))?.lines;
  if (lines === undefined)
    return [make('p', {}, 'The two differ too much to be compared here.'), both];
  return [
    both,
    make('pre', { class: 'diff', tabindex: '0' }, make('div', {}, ...lines.map(lineOf))),
  ];
}

const CLASSES: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'place' };

function lineOf(line: string): HTMLElement {
  const className = CLASSES[line[0] ?? ''];
  return make(
    'span',
    className === undefined ? {} : { class: className },
    `${withoutTurns(line)}\n`,
  );
}
