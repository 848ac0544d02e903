// What programs are told, and that a program that does not read is told what it missed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import t from 'tap';

const EVENTS = 30_000;
const REPORTER = import.meta.resolve('../../../../../image-tools/docteur/serve/reporter.ts');
const PROGRAM = `
  import { Reporter } from '${REPORTER}';
  const status = () => ({ clients: 0, bytes: 0 });
  const reporter = new Reporter({ json: true, quiet: true, say() {}, status });
  const filler = 'x'.repeat(100);
  for (let i = 0; i < ${EVENTS}; i += 1) reporter.tell({ event: 'one', filler });
  process.stderr.write('told\\n');
  const look = setInterval(() => {
    if (process.stdout.writableLength > 0) return;
    clearInterval(look);
    reporter.tell({ event: 'last' });
  }, 10);
`;

t.test('events that nobody reads in time are left out, and counted', async (t) => {
  const child = spawn(
    'sh',
    [
      ...['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', process.execPath],
      ...['--conditions=docteur:source', '--input-type=module', '-e', PROGRAM],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stderr, 'data');
  const events: { event: string; events?: number }[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => events.push(JSON.parse(line)));
  await once(lines, 'close');
  t.match(events.at(-1), { event: 'last' });
  const gap = events.at(-2);
  t.match(gap, { event: 'left out' });
  t.equal(events.length - 2 + (gap?.events ?? 0), EVENTS);
  t.ok(events.length < EVENTS, `${events.length} came`);
});
