import { Session } from 'node:inspector';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the product, and which of its functions were called. */
export interface ReachedFile {
  /** From the root of the project. */
  readonly file: string;
  readonly reached: number;
  /** Names of those that were not; what has no name is not told. */
  readonly missed: readonly string[];
}

const root = join(import.meta.dirname, '../..');
/** A room is so many folders deep. */
const ROOM_DEPTH = 3;

/** Begins to watch this thread; the result ends it, and tells of all files of the product that were loaded. */
export function watchCoverage(): () => readonly ReachedFile[] {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return () => {
    const files: ReachedFile[] = [];
    session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
      for (const { url, functions } of result) {
        if (!url.startsWith('file:')) continue;
        const file = relative(root, fileURLToPath(url));
        if (!/^(?:tender|guest|image-tools)\//.test(file)) continue;
        const named = functions.filter(({ functionName }) => functionName !== '');
        const isCalled = ({ ranges }: (typeof named)[number]) => (ranges[0]?.count ?? 0) > 0;
        const missed = named.filter((one) => !isCalled(one)).map((one) => one.functionName);
        files.push({ file, reached: named.length - missed.length, missed });
      }
    });
    session.disconnect();
    return files;
  };
}

/** A table of rooms, and below it the functions that were not reached. */
export function describeCoverage(files: readonly ReachedFile[]): string {
  const rooms = new Map<string, { reached: number; all: number }>();
  for (const { file, reached, missed } of files) {
    const room = file.split('/').slice(0, -1).slice(0, ROOM_DEPTH).join('/');
    const sum = rooms.get(room) ?? { reached: 0, all: 0 };
    rooms.set(room, { reached: sum.reached + reached, all: sum.all + reached + missed.length });
  }
  const lines = [...rooms].sort().map(([room, { reached, all }]) => {
    const percent = Math.round((100 * reached) / Math.max(1, all));
    return `${room.padEnd(34)} ${`${reached} of ${all}`.padStart(12)} functions, ${percent} %\n`;
  });
  const missed = files
    .filter(({ missed }) => missed.length > 0)
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, missed }) => `  ${file}: ${missed.join(', ')}\n`);
  return `${lines.join('')}not reached:\n${missed.join('')}`;
}
