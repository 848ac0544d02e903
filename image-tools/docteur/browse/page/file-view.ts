import { oidToHex } from '#format';
import type { Kind } from '#reader';
import type { AsyncFileSystem } from '../../../../guest/host/browser/index.ts';
import { formatBytes } from '../../units.ts';
import { codeView } from './code-view.ts';
import { hexDump, mediaType, textOf, withoutTurns } from './content.ts';
import { button, type Child, make, table } from './dom.ts';
import { listFolder } from './images.ts';
import { joinPath, showName } from './names.ts';
import type { PageImage } from './page-image.ts';
import { addressOf } from './route.ts';

/** What tells what a file is, in bytes. */
const HEAD = 64 * 1024;
/** Text that is shown at once, and at all. */
const FIRST_TEXT = 512 * 1024;
const MOST_TEXT = 16 * 2 ** 20;
/** Larger pictures, sounds and files are not put into memory. */
const MOST_MEDIA = 64 * 2 ** 20;
const MOST_DOWNLOAD = 1024 * 2 ** 20;
const HEX = 2048;
const ROWS = 1000;

const KINDS: Readonly<Record<Kind, string>> = {
  directory: 'folder',
  file: 'file',
  executable: 'executable file',
  link: 'symbolic link',
  submodule: 'submodule',
};

/** Addresses of content, until something else is shown. */
let shown: string[] = [];

/** Lets go of what was shown before. */
export function clearContent(): void {
  for (const address of shown) URL.revokeObjectURL(address);
  shown = [];
}

/** Content under an address of its own: one that no page is opened at, but by whoever is asked to. */
function addressOfContent(bytes: Uint8Array, type: string): string {
  const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  shown.push(address);
  return address;
}

/** What stands at a path of an image. */
export async function fileView(
  image: PageImage,
  number: number,
  path: Uint8Array,
): Promise<Child[]> {
  const { fs, read } = await image.open();
  const { kind, size, id } = await read(({ nodes }) => {
    const node = nodes.find(path, false);
    return { kind: nodes.kind(node), size: nodes.size(node), id: oidToHex(nodes.id(node)) };
  });
  const facts = (words: string) =>
    make('p', { class: 'facts' }, `${words} · `, make('code', { title: "Git's id" }, id));
  if (kind === 'directory') return [...(await folderView(image, number, path, facts))];
  if (kind === 'submodule') return [facts(KINDS[kind])];
  if (kind === 'link') {
    const target = showName(await fs.readLink(path));
    return [facts(KINDS[kind]), make('p', {}, 'It leads to ', make('code', {}, target))];
  }
  const parts: Child[] = [facts(`${KINDS[kind]}, ${formatBytes(size)}`)];
  if (size <= MOST_DOWNLOAD) parts.push(downloadButton(fs, path));
  parts.push(...(await contentView(fs, path, size)));
  return parts;
}

async function folderView(
  image: PageImage,
  number: number,
  path: Uint8Array,
  facts: (words: string) => HTMLElement,
): Promise<Child[]> {
  const entries = await listFolder(image, path);
  const link = (name: Uint8Array, kind: Kind) => {
    const href = addressOf({ view: 'files', image: number, path: joinPath(path, name) });
    return make('a', { href }, showName(name) + (kind === 'directory' ? '/' : ''));
  };
  const rows = entries
    .slice(0, ROWS)
    .map(({ name, kind, size }) => [
      link(name, kind),
      KINDS[kind],
      kind === 'directory' || kind === 'submodule' ? '' : formatBytes(size),
    ]);
  const parts: Child[] = [
    facts(`folder, ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`),
    table(['Name', 'Kind', '#Size'], rows),
  ];
  if (entries.length > ROWS)
    parts.push(make('p', {}, `The tree has ${entries.length - ROWS} more.`));
  return parts;
}

async function contentView(fs: AsyncFileSystem, path: Uint8Array, size: number): Promise<Child[]> {
  const head = await fs.getPartial(path, 0, HEAD);
  const name = showName(path).split('/').at(-1) ?? '';
  const parts: Child[] = [];
  const type = mediaType(head, name);
  if (type !== undefined && size <= MOST_MEDIA) {
    parts.push(mediaView(addressOfContent(await fs.get(path), type), type, name));
  }
  const isText = textOf(head, size > HEAD) !== undefined;
  if (!isText) {
    if (parts.length > 0) return parts;
    const words = size > HEX ? `The first ${formatBytes(HEX)}:` : '';
    return [
      make('p', {}, words),
      make('pre', { class: 'hex', tabindex: '0' }, hexDump(head.subarray(0, HEX))),
    ];
  }
  const place = make('div');
  const show = async (length: number) => {
    const bytes = await fs.getPartial(path, 0, length);
    const text = textOf(bytes, size > length);
    if (text === undefined) place.replaceChildren('Not text from here on: download it.');
    else place.replaceChildren(codeView(withoutTurns(text), name));
    if (size > length) {
      const more = Math.min(size, MOST_TEXT);
      place.append(
        make('p', {}, `Shown are the first ${formatBytes(length)} of ${formatBytes(size)}. `),
        ...(length < more ? [button(`Show ${formatBytes(more)}`, () => void show(more))] : []),
      );
    }
  };
  await show(FIRST_TEXT);
  return [...parts, place];
}

function mediaView(src: string, type: string, name: string): HTMLElement {
  if (type.startsWith('audio/')) return make('audio', { src, controls: '' });
  if (type.startsWith('video/')) return make('video', { src, controls: '' });
  const picture = make('img', { alt: `The picture ${name}` });
  const caption = make('figcaption', {}, '…');
  picture.addEventListener('load', () => {
    caption.textContent = `${picture.naturalWidth} × ${picture.naturalHeight} pixels`;
  });
  picture.addEventListener('error', () => {
    caption.textContent = 'This picture is damaged, or of a kind that the browser does not know.';
  });
  picture.src = src;
  return make('figure', {}, picture, caption);
}

function downloadButton(fs: AsyncFileSystem, path: Uint8Array): HTMLElement {
  const save = button('Download', async () => {
    save.disabled = true;
    try {
      // A type that no browser shows: a page in an image would otherwise run in our place.
      const href = addressOfContent(await fs.get(path), 'application/octet-stream');
      make('a', { href, download: showName(path).split('/').at(-1) ?? '' }).click();
    } catch (error) {
      save.after(make('span', { class: 'error', role: 'alert' }, ` ${(error as Error).message}`));
    }
    save.disabled = false;
  });
  return save;
}
