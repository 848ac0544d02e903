import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

const folder = t.testdir({
  repository: {},
  'app.ts': APP,
  'bad.ts': "import 'node:fs';\n",
  'wait.ts': 'const status = await 0;\nexport default () => status;\n',
});
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

t.test('a program beside any package.json, under any name', async (t) => {
  writeFileSync(
    join(folder, 'parts.ts'),
    `import { readable } from 'old-package';
import { here, platform } from 'new-package';
export default ({ write }) => {
  write(\`\${readable('/')} \${here === process.argv[1]} \${platform}\\n\`);
  return 0;
};
`,
  );
  const packages = {
    'old-package/package.json': '{}',
    'old-package/index.js': `const fs = require('fs');
exports.readable = (path) => fs.existsSync(path);
`,
    'new-package/package.json': '{"type":"module"}',
    'new-package/index.js': `import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
export const here = fileURLToPath(import.meta.url);
export const platform = createRequire(import.meta.url)('os').platform();
`,
  };
  for (const [path, text] of Object.entries(packages)) {
    mkdirSync(dirname(join(folder, 'node_modules', path)), { recursive: true });
    writeFileSync(join(folder, 'node_modules', path), text);
  }
  for (const type of ['commonjs', 'module', undefined]) {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
    for (const name of ['parts', 'parts.js', 'parts.mjs', 'parts.cjs']) {
      t.match(build('-t', 'unix', '--disk', disk, 'parts.ts', '-o', name), { status: 0 });
      const stdout = `true true ${process.platform}\n`;
      t.match(run(join(folder, name), []), { status: 0, stdout }, `${name}, ${type}`);
    }
  }
  rmSync(join(folder, 'package.json'));
});

t.test('apps that are wrong, or want much', async (t) => {
  const cases: [string, number, RegExp][] = [
    ['async () => 0', 255, /TypeError: the app gave a Promise: it must not be async/],
    ['() => {}', 255, /TypeError: the app must give its exit status, .* gave undefined/],
    ['() => 2.5', 255, /TypeError: the app must give its exit status, .* gave 2\.5/],
    ['42', 255, /TypeError: the app's default export is no function/],
    ['({ write }) => { write(42); return 0; }', 255, /TypeError: an app writes text or a Uint8A/],
    ['(host) => oidToHex(openImage(host).digest("/")).length', 40, /^$/],
    // As packages do.
    ["() => ((process.env.NODE_ENV ?? 'production') === 'production' ? 4 : 5)", 4, /^$/],
    ['(host) => openImage(host).get("").length', 3, /^\/: a directory, not a file\n$/],
    // Each disk that was opened would take its share of the guest's memory.
    ['(host) => { for (let i = 0; i < 300; i++) openImage(host).list("/"); return 3; }', 3, /^$/],
  ];
  for (const [text, status, message] of cases) {
    const source = `import { oidToHex, openImage } from 'docteur/guest';\nexport default ${text};\n`;
    writeFileSync(join(folder, 'case.ts'), source);
    t.match(build('-t', 'hvt', '--disk', 'docteur', 'case.ts', '-o', 'case.js'), { status: 0 });
    t.match(build('-t', 'unix', '--disk', disk, 'case.ts', '-o', 'case'), { status: 0 });
    const guest = await runTender([`--block:docteur=${disk}`, '--', join(folder, 'case.js')]);
    t.equal(guest.status, status, text);
    t.match(guest.stderr, message);
    const program = run(join(folder, 'case'), []);
    t.equal(program.status, status === 255 ? 1 : status);
    t.match(program.stderr, message);
  }
});

t.test('where an error is, in a guest whose lines were kept', async (t) => {
  const text = "export default () => {\n  throw new Error('here');\n};\n";
  writeFileSync(join(folder, 'case.ts'), text);
  build('-t', 'hvt', '--disk', 'docteur', '--no-minify', 'case.ts', '-o', 'case.js');
  const { stderr } = await runTender([`--block:docteur=${disk}`, '--', join(folder, 'case.js')]);
  const line = Number(/Error: here \(guest\.js:(\d+):\d+\)/.exec(stderr)?.[1]);
  const lines = readFileSync(join(folder, 'case.js'), 'utf8').split('\n');
  t.match(lines[line - 1], /throw new Error\("here"\)/);
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
    [['-t', 'hvt', '--disk', 'd', '--disk', 'e', app], 64, /an app has one --disk/],
    [['-t', 'hvt', '--disk', 'd', app], 64, /-o is needed/],
    [['-t', 'hvt', '--disk', 'd', '-o', 'x'], 64, /one app is needed/],
    [['-t', 'hvt', '--disk', 'no name', app, '-o', 'x'], 64, /no name of a device/],
    [['-t', 'hvt', '--disk', 'd', 'absent.ts', '-o', 'x'], 66, /absent\.ts: no such file/],
    [['-t', 'hvt', '--disk', 'd', '.', '-o', 'x'], 66, /: \.: not a file/],
    [
      ['-t', 'hvt', '--disk', 'd', 'bad.ts', '-o', 'x'],
      1,
      /bad\.ts:1: .*node:fs.* a guest has none/,
    ],
    [
      ['-t', 'unix', '--disk', 'd', 'bad.ts', '-o', 'x'],
      1,
      /: No matching export in "bad\.ts".* an app is/,
    ],
    [['-t', 'unix', '--disk', 'd', 'wait.ts', '-o', 'x'], 1, /: wait\.ts:1: an app cannot wait/],
    [['-t', 'hvt', '--disk', 'd', 'wait.ts', '-o', 'x'], 1, /: wait\.ts:1: an app cannot wait/],
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
