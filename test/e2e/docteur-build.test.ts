import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries } from '../fixtures/git-tree.ts';
import { runTender } from '../fixtures/tender.ts';

const root = join(import.meta.dirname, '../..');
const BUILD = join(root, 'dist/bin/docteur.build.js');

/** An app of a user's own package, which has docteur installed. */
const APP = `import { type App, openImage, parseOptions, writeFile } from 'docteur/guest';

const app: App = (host) => {
  const { file = 'README.md', reader } = parseOptions(host.arguments, ['file', 'reader']);
  const fs = openImage(host, { reader });
  host.write(\`\${fs.list('/').length} entries\\n\`);
  writeFile(host, fs, file);
  return 0;
};

export default app;
`;

const folder = t.testdir({ repository: {}, 'app.ts': APP, 'bad.ts': "import 'node:fs';\n" });
const app = join(folder, 'app.ts');
const disk = join(folder, 'disk.img');
commitEntries(join(folder, 'repository'), [
  { mode: '100644', path: 'README.md', content: 'Hello World!\n' },
  { mode: '100755', path: 'run', content: 'run\n' },
]);
writeFileSync(disk, imageOfRepository(join(folder, 'repository')));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(root, join(folder, 'node_modules/docteur'));

/** Without the hooks that tap puts into every Node process. */
function run(command: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    'env',
    ['-i', `PATH=${join(root, 'node_modules/.bin')}:${process.env.PATH}`, command, ...args],
    { cwd: folder, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

const build = (...args: string[]) => run(process.execPath, [BUILD, ...args]);

t.test('one source for two targets', async (t) => {
  const nothing = { status: 0, stdout: '', stderr: '' };
  t.same(build('-t', 'hvt', '--disk', 'docteur', app, '-o', join(folder, 'guest.js')), nothing);
  t.same(build('-t', 'unix', '--disk', 'disk.img', app, '-o', join(folder, 'program')), nothing);
  for (const args of [
    [],
    ['--reader=eager'],
    ['--file=run', '--reader', 'analyze'],
    ['--file', 'x'],
  ]) {
    const guest = await runTender([
      `--block:docteur=${disk}`,
      '--',
      join(folder, 'guest.js'),
      ...args,
    ]);
    const program = run(join(folder, 'program'), args);
    t.same(program, {
      status: guest.status,
      stdout: guest.stdout.toString(),
      stderr: guest.stderr,
    });
  }
  t.match(run(join(folder, 'program'), []), { stdout: '2 entries\nHello World!\n' });
  t.match(run(join(folder, 'program'), ['--file', 'x']), { status: 2, stderr: 'x: not found\n' });
  t.match(run(join(folder, 'program'), ['--x']), {
    status: 64,
    stderr: "unknown argument '--x'\n",
  });
});

t.test('an app where docteur is not installed', async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-app-'));
  t.teardown(() => rmSync(scratch, { recursive: true }));
  const alone = join(scratch, 'app.ts');
  writeFileSync(alone, APP);
  t.match(build('-t', 'unix', '--disk', disk, alone, '-o', join(scratch, 'program')), {
    status: 0,
  });
  t.match(run(join(scratch, 'program'), []), { stdout: '2 entries\nHello World!\n' });
});

t.test('a program whose reader goes away ends quietly', async (t) => {
  const pipe = `./program | head -c 1; echo " \${PIPESTATUS[0]}"`;
  const path = `PATH=${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  const output = execFileSync('env', ['-i', path, 'bash', '-c', pipe], {
    cwd: folder,
    encoding: 'utf8',
  });
  t.match(output, /^2 (0|141)\n$/);
});

t.test('a program without its disk', async (t) => {
  build('-t', 'unix', '--disk', 'absent.img', app, '-o', join(folder, 'lost'));
  const { status, stderr } = run(join(folder, 'lost'), []);
  t.equal(status, 66);
  t.match(stderr, /^[^\n]*absent\.img: cannot open: ENOENT\n$/);
});

t.test('what cannot be built', async (t) => {
  const cases: [string[], number, RegExp][] = [
    [[], 64, /-t hvt or unix is needed/],
    [['-t', 'xen', '--disk', 'd', app, '-o', 'x'], 64, /-t hvt or unix/],
    [['-t', 'hvt', app, '-o', 'x'], 64, /--disk is needed/],
    [['-t', 'hvt', '--disk', 'd', app], 64, /-o is needed/],
    [['-t', 'hvt', '--disk', 'd', '-o', 'x'], 64, /one app is needed/],
    [['-t', 'hvt', '--disk', 'no name', app, '-o', 'x'], 64, /no name of a device/],
    [['-t', 'hvt', '--disk', 'd', 'absent.ts', '-o', 'x'], 66, /absent\.ts: no such file/],
    [['-t', 'hvt', '--disk', 'd', 'bad.ts', '-o', 'x'], 1, /bad\.ts:1: .*node:fs/],
    [['--nonsense'], 64, /nonsense/],
  ];
  for (const [args, status, message] of cases) {
    const outcome = build(...args);
    t.equal(outcome.status, status, args.join(' '));
    t.match(outcome.stderr, message);
    t.match(outcome.stderr, /^docteur\.build: [^\n]+\n$/);
    t.equal(outcome.stdout, '');
  }
  t.match(build('--help'), { status: 0, stderr: '', stdout: /^Usage: docteur\.build / });
});
