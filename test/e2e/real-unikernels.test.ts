// Unikernels that other tools have built. DOCTEUR_GUESTS names a folder of them: each is a file NAME.spt or
// NAME.hvt, with what it should write in NAME.spt.out, NAME.hvt.out, or NAME.out; of the tender's command line,
// NAME.args has a line for each argument, the guest left out: `--` stands where it goes.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runTender } from '../fixtures/tender.ts';

const folder = process.env.DOCTEUR_GUESTS;

function readFirst(...names: string[]): Buffer | undefined {
  const found = names.map((name) => join(folder ?? '', name)).find((path) => existsSync(path));
  return found === undefined ? undefined : readFileSync(found);
}

if (folder === undefined) t.pass('skipped: DOCTEUR_GUESTS names no folder of unikernels');
else {
  for (const file of globSync('*.{spt,hvt}', { cwd: folder }).sort()) {
    const name = file.slice(0, -4);
    const args =
      readFirst(`${file}.args`, `${name}.args`)?.toString().split('\n').filter(Boolean) ?? [];
    const place = args.includes('--') ? args.indexOf('--') + 1 : args.length;
    const inFolder = args.map((arg) => arg.replace('@', `${folder}/`));
    const expected = readFirst(`${file}.out`, `${name}.out`);
    const engines = file.endsWith('.hvt') ? [['--hvt=process']] : [[]];
    for (const engine of engines) {
      t.test(
        [file, ...engine].join(' '),
        { skip: expected === undefined && 'no .out' },
        async (t) => {
          const command = inFolder.toSpliced(place, 0, join(folder, file));
          const { status, stdout, stderr } = await runTender([...engine, ...command]);
          t.equal(status, 0, stderr);
          t.ok(expected && stdout.equals(expected), stdout.toString('latin1').slice(0, 400));
        },
      );
    }
  }
}
