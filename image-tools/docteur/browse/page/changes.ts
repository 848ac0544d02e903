import { type Listed, listFolder } from './images.ts';
import { joinPath } from './names.ts';
import type { PageImage } from './page-image.ts';

/** How a path differs between two images. */
export interface Change {
  readonly path: Uint8Array;
  readonly how: 'added' | 'removed' | 'changed';
  readonly before: Listed | undefined;
  readonly after: Listed | undefined;
}

/** Finds what differs; folders with the same id are the same, and are not read. */
export async function* changesOf(
  before: PageImage,
  after: PageImage,
  folder = new Uint8Array(0),
): AsyncGenerator<Change> {
  const [old, young] = await Promise.all([
    listFolder(before, folder, true),
    listFolder(after, folder, true),
  ]);
  const byName = new Map(old.map((entry) => [keyOf(entry.name), entry]));
  for (const entry of young) {
    const key = keyOf(entry.name);
    const other = byName.get(key);
    byName.delete(key);
    if (other?.id === entry.id && other.kind === entry.kind) continue;
    yield* changesAt(before, after, joinPath(folder, entry.name), other, entry);
  }
  for (const entry of byName.values()) {
    yield* changesAt(before, after, joinPath(folder, entry.name), entry, undefined);
  }
}

async function* changesAt(
  before: PageImage,
  after: PageImage,
  path: Uint8Array,
  old: Listed | undefined,
  young: Listed | undefined,
): AsyncGenerator<Change> {
  const isOldFolder = old?.kind === 'directory';
  const isFolder = young?.kind === 'directory';
  if (isOldFolder && isFolder) yield* changesOf(before, after, path as Uint8Array<ArrayBuffer>);
  else {
    const how = old === undefined ? 'added' : young === undefined ? 'removed' : 'changed';
    yield { path, how, before: old, after: young };
  }
}

/** A name's bytes as a key. */
function keyOf(name: Uint8Array): string {
  return String.fromCharCode(...name);
}
