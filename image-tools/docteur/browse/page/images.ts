import { oidToHex } from '#format';
import type { Kind } from '#reader';
import { type OpenedRemoteImage, openImageUrl } from '../../../../guest/host/browser/index.ts';

/** An image of this page. */
export interface PageImage {
  readonly name: string;
  /** Opened when it is first needed. */
  open(): Promise<OpenedRemoteImage>;
  /** Where the report is of where its bytes went. */
  readonly map: string | undefined;
}

/** An entry of a folder. */
export interface Listed {
  readonly name: Uint8Array;
  readonly kind: Kind;
  readonly size: number;
  /** Hexadecimal; only where it was asked for. */
  readonly id: string;
}

/** The images that the page was made for. */
export async function loadImages(): Promise<PageImage[]> {
  const answer = await fetch('docteur.json', { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`docteur.json: the server answers with status ${answer.status}`);
  const { images } = (await answer.json()) as {
    readonly images: readonly {
      readonly name: string;
      readonly url: string;
      readonly map?: string;
    }[];
  };
  return images.map(({ name, url, map }) => {
    let opened: Promise<OpenedRemoteImage> | undefined;
    return {
      name,
      map,
      open() {
        opened ??= openImageUrl(new URL(url, location.href)).catch((error) => {
          opened = undefined;
          throw error;
        });
        return opened;
      },
    };
  });
}

/** What a folder holds, folders first. */
export async function listFolder(
  image: PageImage,
  path: Uint8Array,
  ids = false,
): Promise<Listed[]> {
  const { read } = await image.open();
  const entries = await read(({ nodes }) => {
    const folder = nodes.find(path);
    return Array.from(nodes.list(folder), ({ nameBytes, kind, size, node }) => ({
      name: nameBytes.slice(),
      kind,
      size,
      id: ids ? oidToHex(nodes.id(node)) : '',
    }));
  });
  const isFolder = ({ kind }: Listed) => Number(kind === 'directory');
  return entries.sort((a, b) => isFolder(b) - isFolder(a));
}
