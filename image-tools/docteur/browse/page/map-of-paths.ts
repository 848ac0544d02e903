import { decodeSuperblock, oidToHex, PACK_TRAILER_SIZE, SUPERBLOCK_SIZE } from '#format';
import { FileSums } from '../../../look/info/file-sums.ts';
import { formatBytes } from '../../units.ts';
import { withFewShares } from '../few-shares.ts';
import type { MapReport } from '../map-report.ts';
import type { PageImage } from './page-image.ts';
import { walkImage } from './walk-image.ts';

/** What may be fetched for a map: a path index of a million files. Without one, all of an image would be. */
const MOST_FETCHED = 32 * 2 ** 20;
/** Most zeros between PACK and IDX, but for images of very large blocks. */
const PADDING = 64 * 1024;
/** Paths from one word of progress to the next. */
const STEP = 1000;

/**
 * Where the bytes of an image went, by its path index: an object takes what lies between its own place in the PACK
 * and the next one's. Gives nothing where nobody wants it any more.
 * @param onProgress is told how many paths were met; gives whether to go on
 * @throws FormatError, RemoteError; Error where too much of the image would be fetched
 */
export async function mapOfPaths(
  image: PageImage,
  onProgress: (paths: number) => boolean,
): Promise<MapReport | undefined> {
  const { size } = await image.open();
  const { commit, idxOffset } = decodeSuperblock(await image.part(0, SUPERBLOCK_SIZE));
  const places: number[] = [];
  const bound = image.fetched() + MOST_FETCHED;
  for await (const { place } of walkImage(image)) {
    if (place > 0) places.push(place);
    if (image.fetched() > bound) {
      throw new Error(
        `The map takes more than ${formatBytes(MOST_FETCHED)} of this image. Download it, and use docteur browse FILE.`,
      );
    }
    if (places.length % STEP === 0 && !onProgress(places.length)) return undefined;
  }
  const sorted = Float64Array.from(new Set(places)).sort();
  const packEnd = await endOfPack(image, idxOffset);
  const sums = new FileSums();
  const met = new Uint8Array(sorted.length);
  for await (const { path, kind, size, place } of walkImage(image)) {
    if (place === 0) {
      sums.add(path, kind, size, 0, false);
      continue;
    }
    const at = rankOf(sorted, place);
    const packed = Math.max(0, (sorted[at + 1] ?? packEnd) - place);
    sums.add(path, kind, size, packed, met[at] === 0);
    met[at] = 1;
  }
  const files = withFewShares(sums.report());
  return { imageSize: size, commit: { id: oidToHex(commit) }, files };
}

/** Where the PACK's last object ends, nearly: before the checksum, which zeros follow. */
async function endOfPack(image: PageImage, idxOffset: number): Promise<number> {
  const from = Math.max(0, idxOffset - PADDING);
  const bytes = await image.part(from, idxOffset);
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return from + last + 1 - PACK_TRAILER_SIZE - SUPERBLOCK_SIZE;
}

/** The rank of a number among others that have it, in rising order. */
function rankOf(sorted: Float64Array, place: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
