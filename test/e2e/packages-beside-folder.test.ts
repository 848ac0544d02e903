// Trees of packages made up by a seed, in a folder and in images: each question gets the same answer, a module or
// the code of an error, from Node itself and through its hooks.
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { makeImage } from '../../image-tools/index.ts';
import { NODES } from '../fixtures/nodes.ts';
import { writeRandomPackages } from '../fixtures/random-packages.ts';
import { Random } from '../fuzz/random.ts';

const SEED = Number(process.env.SEED ?? 1);
const TREES = Number(process.env.TREES ?? 6);

const project = join(import.meta.dirname, '..', '..');
// Not in the project, whose own modules stand above everything in it.
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'docteur-packages-')));
t.teardown(() => rmSync(scratch, { recursive: true }));
const folder = join(scratch, 'folder');
mkdirSync(folder);
const random = new Random(SEED);
const questions = Array.from({ length: TREES }, (_, tree) =>
  writeRandomPackages(folder, `t${tree}`, random),
).flat();
writeFileSync(join(scratch, 'questions.json'), JSON.stringify(questions));
writeFileSync(join(scratch, 'empty.mjs'), '');
copyFileSync(join(project, 'test/fixtures/app-that-resolves.cjs'), join(scratch, 'ask.cjs'));
const RUNS = [
  { name: 'without a module map', file: 'plain.img', flags: [] },
  { name: 'with one', file: 'mapped.img', flags: [] },
  {
    name: 'with links kept',
    file: 'mapped.img',
    flags: ['--preserve-symlinks', '--preserve-symlinks-main'],
  },
] as const;
await makeImage({ source: folder, image: join(scratch, 'plain.img') });
await makeImage({ source: folder, image: join(scratch, 'mapped.img'), moduleMap: true });

type Answer = readonly [from: string, how: string, specifier: string, answer: string];

/** Without tap's own hooks, which it has Node load into every child. */
async function ask(
  node: string,
  flags: readonly string[],
  preload: string,
  from: string,
  image: string,
): Promise<Answer[]> {
  const env = ['-i', `PATH=${process.env.PATH}`, `DOCTEUR_REGISTER=${image}`];
  const args = ['--no-warnings', ...flags, '--import', preload, 'ask.cjs', from, 'questions.json'];
  const { stdout } = await execa('env', [...env, node, ...args], { cwd: scratch });
  return JSON.parse(stdout);
}

for (const { version, path, skip } of NODES) {
  t.test(`Node ${version}`, { skip }, async (t) => {
    const inFolder = new Map<string, Answer[]>();
    for (const { name, file, flags } of RUNS) {
      const key = flags.join(' ');
      const wanted = inFolder.get(key) ?? (await ask(path, flags, './empty.mjs', folder, ''));
      inFolder.set(key, wanted);
      const found = wanted.filter(([, , , answer]) => !answer.startsWith('error')).length;
      t.ok(
        found > wanted.length / 10 && found < (wanted.length * 9) / 10,
        `${found} of ${wanted.length}`,
      );
      const image = join(scratch, file);
      const got = await ask(path, flags, join(project, 'dist/library/register.js'), image, image);
      const wrong = got.flatMap((answer, i) => {
        const other = wanted[i]?.[3];
        // A module by its syntax, without an ending and in a package of CommonJS: out of a folder, earlier Nodes begin
        // to import it, require it for that, and find a cycle.
        const isKnown =
          version !== '26' &&
          other === 'error ERR_REQUIRE_CYCLE_MODULE' &&
          answer[3].startsWith('Module');
        return isKnown || answer[3] === other
          ? []
          : [`${answer.join(' ')}, and in a folder ${other}`];
      });
      t.equal(got.length, wanted.length);
      t.strictSame(
        wrong.slice(0, 20),
        [],
        `${name}: ${wrong.length} of ${got.length} differ, seed ${SEED}`,
      );
    }
    const [plain, kept] = [...inFolder.values()].map((answers) => JSON.stringify(answers));
    t.not(kept, plain, 'the option matters');
  });
}
