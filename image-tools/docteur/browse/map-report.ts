import type { FileReport } from '../../look/info/file-sums.ts';
import { type ImageReport, reportImage } from '../../look/info/image-report.ts';
import { placeOf } from '../image-options.ts';
import { withImage } from '../open-image.ts';
import { withFewShares } from './few-shares.ts';

/** What the page shows of where an image's bytes went. */
export interface MapReport {
  /** In bytes. */
  readonly imageSize: number;
  readonly commit: Pick<ImageReport['commit'], 'id'> &
    Partial<Pick<ImageReport['commit'], 'author' | 'message'>>;
  /** Not known where only the path index was read. */
  readonly pack?: Pick<ImageReport['pack'], 'objects' | 'deltas'>;
  readonly files: FileReport;
}

/** Reads the report of an image's file. @throws ToolError, FormatError */
export function mapReport(path: string): Promise<MapReport> {
  return withImage(path, {}, (nodes) => {
    const { commit, layout, pack, files } = reportImage(placeOf(path, {}), nodes);
    const { id, author, message } = commit;
    const { objects, deltas } = pack;
    return {
      imageSize: layout.imageSize,
      commit: { id, author, message },
      pack: { objects, deltas },
      files: withFewShares(files),
    };
  });
}
