import { spawn } from 'node:child_process';

/** Milliseconds that `git cat-file --batch` takes for each object, asked for one at a time. */
export async function timeCatFile(repository: string, oids: readonly string[]): Promise<number[]> {
  const git = spawn('git', ['cat-file', '--batch'], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let received = 0;
  let expected = Number.POSITIVE_INFINITY;
  let done = () => {};
  git.stdout.on('data', (chunk: Buffer) => {
    if (received === 0) {
      const newline = chunk.indexOf(10);
      expected = newline + 1 + Number(chunk.toString('latin1', 0, newline).split(' ')[2]) + 1;
    }
    received += chunk.length;
    if (received >= expected) done();
  });
  const times: number[] = [];
  for (const oid of oids) {
    received = 0;
    const start = performance.now();
    await new Promise<void>((resolve) => {
      done = resolve;
      git.stdin.write(`${oid}\n`);
    });
    times.push(performance.now() - start);
  }
  git.stdin.end();
  return times;
}
