import { oidToHex } from '#format';
import type { Kind } from '#reader';
import { type OpenedRemoteImage, openImageUrl } from '../../../../guest/host/browser/index.ts';
import type { PageImage } from './page-image.ts';

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
    let fetched = 0;
    const place = new URL(url, location.href);
    const counted: typeof fetch = async (...args) => {
      const answer = await fetch(...args);
      fetched += Number(answer.headers.get('content-length'));
      return answer;
    };
    return {
      name,
      map,
      fetched: () => fetched,
      async part(from, to) {
        const range = `bytes=${from}-${to - 1}`;
        const answer = await counted(place, { headers: { range }, cache: 'no-cache' });
        const bytes = new Uint8Array(await answer.arrayBuffer());
        if (answer.status === 206 && bytes.length === to - from) return bytes;
        throw new Error(`${name}: the server answers with status ${answer.status}`);
      },
      open() {
        opened ??= openImageUrl(place, { fetch: counted }).catch((error) => {
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
