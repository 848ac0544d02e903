import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ToolError } from '../../base/errors.ts';
import { writeTogether } from '../../files/write-together.ts';
import { commitOf } from '../image-file.ts';
import { placeOf } from '../image-options.ts';
import { type BrowsedImage, mapOf, type PageConfig } from './browsed-image.ts';
import { ASSETS, PAGE_MARK, pageHtml, readAsset } from './page-files.ts';

/**
 * Writes the viewer as files that any web server can serve, to lie beside the images: all of them or none. Gives the paths of images
 * that are still to be put there.
 * @throws ToolError, FormatError
 */
export async function writeStaticPage(
  folder: string,
  images: readonly BrowsedImage[],
): Promise<string[]> {
  const files = new Map<string, Buffer | string>();
  const missing: string[] = [];
  const origins = images.flatMap((image) => (image.kind === 'url' ? [image.url.origin] : []));
  const described: PageConfig['images'][number][] = [];
  for (const [i, image] of images.entries()) {
    const { name } = image;
    if (image.kind === 'url') {
      described.push({ name, url: image.url.href });
      continue;
    }
    commitOf(placeOf(image.path, {}));
    files.set(`docteur-map-${i}.json`, await mapOf(image));
    const file = basename(image.path);
    described.push({ name, url: encodeURIComponent(file), map: `docteur-map-${i}.json` });
    if (!existsSync(join(folder, file))) missing.push(image.path);
  }
  files.set('docteur.json', JSON.stringify({ images: described } satisfies PageConfig));
  for (const name of Object.keys(ASSETS)) files.set(name, readAsset(name));
  // Last, so that a page that is there has what it needs.
  files.set('index.html', pageHtml(origins));
  const page = join(folder, 'index.html');
  if (existsSync(page) && !readFileSync(page, 'utf8').includes(PAGE_MARK)) {
    const words = `${page}: another page is there: name a folder without one`;
    throw new ToolError('CANNOT_CREATE', words);
  }
  await writeTogether(folder, files);
  return missing;
}
