import type { FileReport } from '../../look/info/file-sums.ts';

/** Folders that a picture can tell apart. */
const MOST_SHARES = 400;

/** A report whose smallest folders are added up as one without a path. */
export function withFewShares(files: FileReport): FileReport {
  const shares = files.shares.slice(0, MOST_SHARES);
  const rest = files.shares.slice(MOST_SHARES);
  const sum = (of: 'packed' | 'size' | 'files') =>
    rest.reduce((total, share) => total + share[of], 0);
  if (rest.length > 0) {
    shares.push({ path: '', packed: sum('packed'), size: sum('size'), files: sum('files') });
  }
  return { ...files, shares };
}
