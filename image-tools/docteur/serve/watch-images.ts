import { statSync } from 'node:fs';

const LOOK_MS = 1_000;

/** Calls when a file was replaced or changed, at most once a second. @returns ends it */
export function watchImages(paths: readonly string[], onChange: () => void): () => void {
  let before = describe(paths);
  const timer = setInterval(() => {
    const now = describe(paths);
    // Whoever replaces a file may do so in two steps.
    if (now === before || now.includes('absent')) return;
    before = now;
    onChange();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function describe(paths: readonly string[]): string {
  return paths.map(describeFile).join('\n');
}

/** A file that cannot be reached is as good as absent: it may come back. */
function describeFile(path: string): string {
  try {
    const stat = statSync(path, { bigint: true });
    return [stat.dev, stat.ino, stat.size, stat.mtimeNs].join(' ');
  } catch {
    return 'absent';
  }
}
