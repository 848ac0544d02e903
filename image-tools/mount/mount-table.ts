import { readFileSync } from 'node:fs';

/** A mount of this process's namespace, as /proc/self/mountinfo has it. */
export interface MountEntry {
  /** `major:minor`, of all that is in it. */
  readonly device: string;
  /** Where it is mounted. */
  readonly point: string;
  /** `fuse.docteur` and the like. */
  readonly type: string;
  /** What is mounted, as its mounter calls it. */
  readonly source: string;
}

/** What our mounts are called, so that /proc/mounts and `df` tell them from others. */
export const FILE_SYSTEM = 'fuse.docteur';

/** All mounts, those on top of others behind these. */
function readMountTable(): MountEntry[] {
  return parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The mount that stands at `point`, an absolute path without links; undefined if none does. */
export function mountAt(point: string): MountEntry | undefined {
  return readMountTable().findLast((entry) => entry.point === point);
}

/** Where something is mounted below `folder`, an absolute path without links: what lies within others first. */
export function mountPointsBelow(folder: string): string[] {
  const points = readMountTable().map(({ point }) => point);
  return points.filter((point) => point.startsWith(`${folder}/`)).reverse();
}

/** The lines of /proc/self/mountinfo; see proc(5). */
export function parseMountTable(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', behind = ''] = line.split(' - ');
    const [, , device, , point] = before.split(' ');
    const [type, source] = behind.split(' ');
    if (device === undefined || point === undefined || type === undefined) return [];
    return [{ device, point: unescapeOctal(point), type, source: unescapeOctal(source ?? '') }];
  });
}

/** Blanks, newlines and backslashes are written in octal. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => {
    return String.fromCharCode(Number.parseInt(octal, 8));
  });
}
