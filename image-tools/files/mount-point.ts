import { readFileSync } from 'node:fs';

/**
 * Whether something is mounted just at `path`, a real path: nothing can be renamed over that. False
 * where the system does not tell.
 */
export function isMountPoint(path: string): boolean {
  let table: string;
  try {
    table = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return false;
  }
  return mountPoints(table).includes(path);
}

/** The fifth field of each line; blanks and backslashes are in octal there (proc(5)). */
export function mountPoints(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined
      ? []
      : [point.replace(/\\([0-7]{3})/g, (_, octal) => octalByte(octal))];
  });
}

function octalByte(octal: string): string {
  return String.fromCharCode(Number.parseInt(octal, 8));
}
