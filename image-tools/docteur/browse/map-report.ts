import { type ImageReport, reportImage } from '../../look/info/image-report.ts';
import { placeOf } from '../image-options.ts';
import { withImage } from '../open-image.ts';

/** Folders that a picture can tell apart. */
const MOST_SHARES = 400;

/** What the page shows of where an image's bytes went. */
export interface MapReport {
  readonly commit: ImageReport['commit'];
  readonly layout: ImageReport['layout'];
  readonly pack: Pick<ImageReport['pack'], 'objects' | 'deltas' | 'longestChain'>;
  readonly files: ImageReport['files'];
}

/** Reads the report of an image's file. @throws ToolError, FormatError */
export function mapReport(path: string): Promise<MapReport> {
  return withImage(path, {}, (nodes) => {
    const { commit, layout, pack, files } = reportImage(placeOf(path, {}), nodes);
    const { objects, deltas, longestChain } = pack;
    const shares = files.shares.slice(0, MOST_SHARES);
    const rest = files.shares.slice(MOST_SHARES);
    const sum = (of: 'packed' | 'size' | 'files') =>
      rest.reduce((total, share) => total + share[of], 0);
    if (rest.length > 0) {
      shares.push({ path: '', packed: sum('packed'), size: sum('size'), files: sum('files') });
    }
    return { commit, layout, pack: { objects, deltas, longestChain }, files: { ...files, shares } };
  });
}
