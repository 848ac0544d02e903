import { oidToHex } from '#format';
import type { NodeTree } from '#reader';
import type { ImagePlace } from '../../open/open-image.ts';
import { pathIndexOffset, sectionBlockSize } from '../../path-index/place.ts';
import { type ImageParts, openImageParts } from '../image-parts.ts';
import { reportFiles } from './file-report.ts';
import type { FileReport } from './file-sums.ts';
import { type PackReport, reportPack } from './pack-report.ts';

/** Where the bytes of an image are. */
interface LayoutReport {
  readonly imageSize: number;
  readonly packSize: number;
  readonly idxSize: number;
  /** 0 without a path index. */
  readonly indexSize: number;
  /** Zeros between the parts, and the superblock. */
  readonly padding: number;
  /** What the image is padded to: the largest power of two that fits. */
  readonly blockSize: number;
}

interface CommitReport {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** As `Name <address>`. */
  readonly author: string;
  /** Seconds since 1970 of the committer's clock, and that clock's offset from UTC. */
  readonly seconds: number;
  readonly zone: string;
  readonly message: string;
}

export interface ImageReport {
  readonly commit: CommitReport;
  readonly layout: LayoutReport;
  readonly pack: PackReport;
  readonly files: FileReport;
}

/**
 * Says what an image holds and where its bytes went. Contents of files are not read: verifyImage does that.
 * @throws FormatError for an image that is plainly not sound; ToolError NO_INPUT, IO
 */
export function reportImage(place: ImagePlace, nodes: NodeTree): ImageReport {
  const parts = openImageParts(place);
  try {
    const { report, entries } = reportPack(parts);
    return {
      commit: describeCommit(parts),
      layout: describeLayout(parts),
      pack: report,
      files: reportFiles(nodes, entries),
    };
  } finally {
    parts.close();
  }
}

function describeCommit({ image, commit }: ImageParts): CommitReport {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  const { author, committer } = commit;
  return {
    id: oidToHex(image.commit),
    tree: oidToHex(commit.tree),
    parents: commit.parents.map((parent) => oidToHex(parent)),
    author: `${text(author.name)} <${text(author.email)}>`,
    seconds: committer.seconds,
    zone: committer.zone,
    message: text(commit.message),
  };
}

function describeLayout({ image, idxBytes, packSize }: ImageParts): LayoutReport {
  const { source, idxOffset } = image;
  const imageSize = source.size;
  const idxSize = idxBytes.length;
  const indexOffset = pathIndexOffset(source, idxOffset + idxSize);
  const indexSize = indexOffset === undefined ? 0 : imageSize - indexOffset;
  const padding = imageSize - packSize - idxSize - indexSize;
  const blockSize = sectionBlockSize(idxOffset, indexOffset ?? imageSize);
  return { imageSize, packSize, idxSize, indexSize, padding, blockSize };
}
