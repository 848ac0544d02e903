import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
symlinkSync('loop', join(folder, 'loop'));

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
      stderr: guest.stderr.replaceAll(/^guest: /gm, ''),
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
    ['async () => 0', 255, /TypeError: the app returned a Promise; apps must be synchronous/],
    ['() => {}', 255, /TypeError: the app must return its exit status, .* not undefined/],
    ['() => 2.5', 255, /TypeError: the app must return its exit status, .* not 2\.5/],
    ['42', 255, /TypeError: the app's default export is not a function/],
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
    t.match(guest.stderr.replace(/^guest: /, ''), message);
    const program = run(join(folder, 'case'), []);
    t.equal(program.status, status === 255 ? 1 : status);
    t.match(program.stderr, message);
  }
});

t.test('where an error is: in the app by the map, in the guest without it', async (t) => {
  const text = `import { fail } from './fail.ts';
export default () => {
  console.error(new TypeError('early'));
  return fail('here');
};
`;
  writeFileSync(join(folder, 'case.ts'), text);
  const helper = `export function fail(why: string): never {
  throw new Error(why);
}
`;
  writeFileSync(join(folder, 'fail.ts'), helper);
  const attach = `--block:docteur=${disk}`;
  for (const minify of [[], ['--no-minify']]) {
    build('-t', 'hvt', '--disk', 'docteur', ...minify, 'case.ts', '-o', 'case.js');
    const { status, stderr } = await runTender([attach, '--', join(folder, 'case.js')]);
    t.equal(status, 255);
    t.match(stderr, /guest: TypeError: early\nguest: at [^\n]*case\.ts:3:17\)?\n/);
    t.match(stderr, /tender: guest: uncaught Error: here \([^\n]*fail\.ts:2:9\)\n/);
    t.match(
      stderr,
      /tender: guest: {5}at [^\n]*fail\.ts:2:9\ntender: guest: {5}at [^\n]*case\.ts:4:10\n$/,
    );
  }
  rmSync(join(folder, 'case.js.map'));
  const { stderr } = await runTender([attach, '--', join(folder, 'case.js')]);
  const line = Number(/Error: here \(guest\.js:(\d+):\d+\)/.exec(stderr)?.[1]);
  const lines = readFileSync(join(folder, 'case.js'), 'utf8').split('\n');
  t.match(lines[line - 1], /throw new Error\(why\)/);
});

t.test('a console, and what a guest does not have', async (t) => {
  const packages = {
    // As handlebars has it: what \`main\` names wants Node.
    'both-worlds/package.json': '{"main":"./node.js","browser":{"./node.js":"./browser.js"}}',
    'both-worlds/node.js': "module.exports = require('fs').readFileSync;",
    'both-worlds/browser.js': 'exports.name = "browser";',
    'careful/package.json': '{"main":"./index.js"}',
    'careful/index.js': `exports.platform = typeof process === 'undefined' ? 'none' : process.platform;
exports.unused = function () { return 1; };`,
  };
  for (const [path, text] of Object.entries(packages)) {
    mkdirSync(dirname(join(folder, 'node_modules', path)), { recursive: true });
    writeFileSync(join(folder, 'node_modules', path), text);
  }
  writeFileSync(
    join(folder, 'case.ts'),
    `import { name } from 'both-worlds';
import { platform } from 'careful';
export default (host) => {
  console.log('%s, %d:', name, 2, { platform }, [1n]);
  console.warn('two\\nlines');
  console.assert(true, 'unseen');
  if (host.arguments[0] === 'wait') setTimeout(() => {}, 1);
  return host.arguments.length;
};
`,
  );
  t.same(build('-t', 'hvt', '--disk', 'docteur', 'case.ts', '-o', 'case.js'), {
    status: 0,
    stdout: '',
    stderr: 'docteur.build: case.ts:7: setTimeout does not exist in a guest; using it will fail\n',
  });
  const args = [`--block:docteur=${disk}`, '--', join(folder, 'case.js')];
  const { status, stdout, stderr } = await runTender(args);
  t.equal(status, 0);
  t.equal(stdout.toString(), "browser, 2: { platform: 'none' } [ 1n ]\n");
  t.match(stderr, /^guest: two\nguest: lines\n$/);
  t.match(await runTender([...args, 'wait']), {
    status: 255,
    stderr: /uncaught ReferenceError: setTimeout is not defined \([^\n]*case\.ts:7:23\)/,
  });
});

t.test('--check asks the TypeScript of the app', async (t) => {
  const check = (...args: string[]) =>
    build('--check', '-t', 'hvt', '--disk', 'd', '-o', 'x', ...args);
  const wrong = `import type { App } from 'docteur/guest';
const app: App = (host) => { console.log(1); return host.arguments; };
export default app;
`;
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-check-test-'));
  t.teardown(() => rmSync(scratch, { recursive: true }));
  writeFileSync(join(scratch, 'wrong.ts'), wrong);
  writeFileSync(join(scratch, 'right.ts'), wrong.replace('host.arguments', '0'));
  const absent = check(join(scratch, 'wrong.ts'));
  t.match(absent, { status: 69, stderr: /^[^\n]*npm install -D typescript[^\n]*\n$/ });
  mkdirSync(join(scratch, 'node_modules'));
  symlinkSync(join(root, 'node_modules/typescript'), join(scratch, 'node_modules/typescript'));
  t.match(check(join(scratch, 'wrong.ts')), {
    status: 1,
    stderr: /wrong\.ts\(2,\d+\): error TS2322: [\s\S]*TypeScript found errors\n$/,
  });
  t.match(check(join(scratch, 'right.ts')), { status: 0, stderr: '' });
  const config = { compilerOptions: { strict: false, skipLibCheck: true } };
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config));
  t.match(check(join(scratch, 'wrong.ts')), { status: 1 }, 'by its own rules');
  mkdirSync(join(scratch, 'node_modules/@types/few'), { recursive: true });
  writeFileSync(join(scratch, 'node_modules/@types/few/index.d.ts'), 'declare const FEW: 0;\n');
  const typed = { compilerOptions: { types: ['few'], moduleResolution: 'bundler' } };
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(typed));
  writeFileSync(join(scratch, 'typed.ts'), 'export default (): number => FEW;\n');
  t.match(check(join(scratch, 'typed.ts')), { status: 0, stderr: '' }, 'with its own @types');
});

t.test('several disks', async (t) => {
  writeFileSync(
    join(folder, 'case.ts'),
    `import { mount } from 'docteur/guest';
export default (host) => {
  const [name] = host.arguments;
  const fs = mount(host.openDisk(name), { newHash: host.newHash });
  host.write(\`\${host.disks} \${fs.list('/').length} \${host.openDisk(name) === host.openDisk(name)}\\n\`);
  return 0;
};
`,
  );
  mkdirSync(join(folder, 'one'));
  writeFileSync(join(folder, 'one/file'), 'alone');
  const other = join(folder, 'other.img');
  execFileSync(process.execPath, [join(root, 'dist/bin/docteur.make.js'), '-q', 'one', other], {
    cwd: folder,
  });
  const disks = ['--disk', 'first', '--disk', 'second'];
  t.match(build('-t', 'hvt', ...disks, 'case.ts', '-o', 'case.js'), { status: 0 });
  const files = ['--disk', `first=${disk}`, '--disk', 'second=other.img'];
  t.match(build('-t', 'unix', ...files, 'case.ts', '-o', 'case'), { status: 0 });
  const attach = [`--block:first=${disk}`, `--block:second=${other}`];
  for (const [name, entries] of [
    [undefined, 2],
    ['first', 2],
    ['second', 1],
  ] as const) {
    const args = name === undefined ? [] : [name];
    const stdout = `first,second ${entries} true\n`;
    const guest = await runTender([...attach, '--', join(folder, 'case.js'), ...args]);
    t.equal(guest.stdout.toString(), stdout);
    t.same(run(join(folder, 'case'), args), { status: 0, stdout, stderr: '' });
  }
  const stderr = "no disk 'third'; the app was built with first, second\n";
  t.match(await runTender([...attach, '--', join(folder, 'case.js'), 'third']), {
    status: 64,
    stderr,
  });
  t.match(run(join(folder, 'case'), ['third']), { status: 64, stderr });
});

t.test("the disk of a program is its user's to name, or in it", async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'docteur-embedded-'));
  t.teardown(() => rmSync(scratch, { recursive: true }));
  const program = join(scratch, 'program');
  build('-t', 'unix', '--disk', 'absent.img', app, '-o', program);
  const expected = { status: 0, stdout: '2 entries\nHello World!\n', stderr: '' };
  t.same(run(program, ['--disk', 'disk.img']), expected);
  t.same(run(program, ['--file', 'README.md', `--disk=docteur=${disk}`]), expected);
  t.match(run(program, ['--disk']), { status: 64, stderr: '--disk needs the path of an image\n' });
  t.match(run(program, ['--', '--disk', disk]), { status: 64, stderr: /unknown argument/ });
  t.same(run('env', ['DOCTEUR_DISK=disk.img', program]), expected);
  t.same(run('env', ['DOCTEUR_DISK=x', 'DOCTEUR_DISK_DOCTEUR=disk.img', program]), expected);
  t.match(run('env', ['DOCTEUR_DISK=disk.img', program, '--disk=absent.img']), {
    status: 66,
    stderr: /^absent/,
  });

  t.match(build('-t', 'unix', '--embed', '--disk', disk, app, '-o', program), { status: 0 });
  t.same(run(program, []), expected, 'alone');
  t.same(run(process.execPath, [program]), expected);
  const linked = join(folder, 'linked');
  symlinkSync(program, linked);
  t.same(run(linked, []), expected, 'by a link');
  t.same(run(program, ['--file', 'run', '--reader=analyze']), {
    ...expected,
    stdout: '2 entries\nrun\n',
  });
  t.match(run(program, ['--disk', 'absent.img']), { status: 66 });
  const bytes = readFileSync(program);
  writeFileSync(program, bytes.subarray(0, bytes.length - 9));
  t.match(run(program, []).status, /^(1|5|66)$/, 'cut: never a wrong byte');
});

t.test('an image that cannot be embedded leaves no program behind', async (t) => {
  // Its size is a page, of which only a few bytes can be read.
  const short = '/sys/devices/system/cpu/online';
  if (!existsSync(short)) {
    t.pass('skipped: no /sys here');
    return;
  }
  const program = join(folder, 'half');
  t.match(build('-t', 'unix', '--embed', '--disk', short, app, '-o', program), {
    status: 74,
    stderr: `docteur.build: ${short}: changed while it was read\n`,
  });
  t.notOk(existsSync(program));
  writeFileSync(program, 'the old one');
  t.match(build('-t', 'unix', '--embed', '--disk', short, app, '-o', program), { status: 74 });
  t.equal(readFileSync(program, 'utf8'), 'the old one');
});

t.test('outputs appear whole or not at all', async (t) => {
  const scratch = t.testdir({ 'old.js': 'the old one', out: {} });
  const guest = (from: string, to: string, ...more: string[]) =>
    build('-t', 'hvt', '--disk', 'docteur', ...more, from, '-o', to);
  const old = join(scratch, 'old.js');
  chmodSync(old, 0o640);
  writeFileSync(join(scratch, 'wrong.ts'), 'export default (;');
  t.equal(guest(join(scratch, 'wrong.ts'), old).status, 1);
  t.equal(readFileSync(old, 'utf8'), 'the old one');
  const before = openSync(old, 'r');
  t.match(guest(app, old, '--no-minify'), { status: 0, stderr: '' });
  t.equal(readFileSync(before, 'utf8'), 'the old one', 'for whoever has it open');
  closeSync(before);
  t.match(readFileSync(old, 'utf8'), /entries/);
  t.equal(statSync(old).mode & 0o777, 0o640, 'its mode stays');
  const link = join(scratch, 'out/link.js');
  symlinkSync('../linked.js', link);
  t.match(guest(app, link).status, 0);
  t.ok(readFileSync(join(scratch, 'linked.js')).length > 0, 'a link is written through');
  t.match(guest(app, join(scratch, 'new/folder/a.js')).status, 0);
  t.match(guest(app, '/dev/null').status, 0);
  t.ok(statSync('/dev/null').isCharacterDevice());
  const taken = guest(app, join(scratch, 'old.js/below.js'));
  t.not(taken.status, 0);
  t.match(taken.stderr, /^docteur\.build: [^\n]+\n$/);
  t.notMatch(taken.stderr, /\.below/);
  t.same(readdirSync(scratch, { recursive: true, encoding: 'utf8' }).sort(), [
    'linked.js',
    'new',
    'new/folder',
    'new/folder/a.js',
    'new/folder/a.js.map',
    'old.js',
    'old.js.map',
    'out',
    'out/link.js',
    'out/link.js.map',
    'wrong.ts',
  ]);
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
  t.match(stderr, /^[^\n]*absent\.img: cannot open: no such file or directory\n$/);
});

t.test('what cannot be built', async (t) => {
  const cases: [string[], number, RegExp][] = [
    [[], 64, /missing option: -t hvt or unix/],
    [['-t', 'xen', '--disk', 'd', app, '-o', 'x'], 64, /-t hvt or unix/],
    [['-t', 'hvt', app, '-o', 'x'], 64, /missing option: --disk DISK/],
    [['-t', 'hvt', '--disk', 'd', '--disk', 'd', app, '-o', 'x'], 64, /two disks are named 'd'/],
    [['-t', 'unix', '--disk', 'a', '--disk', 'b', app, '-o', 'x'], 64, /each is --disk NAME=PATH/],
    [
      ['-t', 'hvt', '--embed', '--disk', 'd', app, '-o', 'x'],
      64,
      /--embed works only with -t unix/,
    ],
    [['-t', 'unix', '--embed', '--disk', 'absent', app, '-o', 'x'], 66, /absent: no such file, /],
    [
      ['-t', 'hvt', '--disk', '../disk.img', app, '-o', 'x'],
      64,
      /'\.\.\/disk\.img' is not a device name .*: use --disk docteur and .* --block:docteur=FILE/,
    ],
    [['-t', 'hvt', '--disk', 'd=disk.img', app, '-o', 'x'], 64, /tender --block:d=disk\.img/],
    [['-t', 'hvt', '--disk', 'd', app], 64, /missing option: -o FILE/],
    [['-t', 'hvt', '--disk', 'd', '-o', 'x'], 64, /give exactly one app/],
    [['-t', 'hvt', '--disk', 'no name', app, '-o', 'x'], 64, /is not a device name/],
    [['-t', 'hvt', '--disk', 'd', 'absent.ts', '-o', 'x'], 66, /absent\.ts: no such file/],
    [['-t', 'hvt', '--disk', 'd', '.', '-o', 'x'], 66, /: \.: not a file/],
    [
      ['-t', 'hvt', '--disk', 'd', 'loop/app.ts', '-o', 'x'],
      66,
      /: loop\/app\.ts: cannot read: too many symbolic links/,
    ],
    [
      ['-t', 'hvt', '--disk', 'd', 'bad.ts', '-o', 'x'],
      1,
      /bad\.ts:1: .*node:fs.* Node's built-in modules exist/,
    ],
    [
      ['-t', 'unix', '--disk', 'd', 'bad.ts', '-o', 'x'],
      1,
      /: No matching export in "bad\.ts".* the module of an app needs/,
    ],
    [['-t', 'unix', '--disk', 'd', 'wait.ts', '-o', 'x'], 1, /: wait\.ts:1: no top-level await/],
    [['-t', 'hvt', '--disk', 'd', 'wait.ts', '-o', 'x'], 1, /: wait\.ts:1: no top-level await/],
    [['--nonsense'], 64, /nonsense/],
  ];
  for (const [args, status, message] of cases) {
    const outcome = build(...args);
    t.equal(outcome.status, status, args.join(' '));
    t.match(outcome.stderr, message);
    t.match(outcome.stderr, /^docteur\.build: [^\n]+\n$/);
    t.equal(outcome.stdout, '');
  }
  for (const help of ['--help', '-h']) {
    t.match(build(help), { status: 0, stderr: '', stdout: /^Usage: docteur\.build / });
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const option of ['--version', '-V']) {
    t.same(build(option), { status: 0, stderr: '', stdout: `${version}\n` });
  }
});

t.test('what is read is not replaced, nor what another one wrote', (t) => {
  const scratch = mkdtempSync(join(folder, 'over-'));
  const at = (name: string) => join(scratch, name);
  writeFileSync(at('part.ts'), 'export const status = 0;\n');
  const text = "import { status } from './part.ts';\nexport default () => status;\n";
  writeFileSync(at('app.ts'), text);
  writeFileSync(at('disk.img'), readFileSync(disk));
  symlinkSync('app.ts', at('linked.ts'));
  const refused = {
    status: 64,
    stderr: /: cannot replace what is read: name another file to write\n$/,
  };
  for (const target of [
    ['-t', 'hvt', '--disk', 'docteur'],
    ['-t', 'unix', '--disk', at('disk.img')],
  ]) {
    for (const name of ['app.ts', 'part.ts', 'linked.ts']) {
      t.match(build(...target, at('app.ts'), '-o', at(name)), refused, name);
    }
  }
  t.match(
    build('-t', 'unix', '--disk', at('disk.img'), at('app.ts'), '-o', at('disk.img')),
    refused,
  );
  t.equal(readFileSync(at('app.ts'), 'utf8'), text);
  t.ok(readFileSync(at('disk.img')).equals(readFileSync(disk)));
  t.strictSame(readdirSync(scratch).sort(), ['app.ts', 'disk.img', 'linked.ts', 'part.ts']);

  writeFileSync(at('world.map'), 'of the world');
  const unix = ['-t', 'unix', '--disk', at('disk.img'), at('app.ts')];
  t.match(build(...unix, '-o', at('world')), { status: 0, stderr: '' });
  t.equal(readFileSync(at('world.map'), 'utf8'), 'of the world');
  t.match(build('-t', 'hvt', '--disk', 'docteur', at('app.ts'), '-o', at('guest')), { status: 0 });
  t.ok(existsSync(at('guest.map')));
  t.match(build(...unix, '-o', at('guest')), { status: 0 });
  t.notOk(existsSync(at('guest.map')), 'of an earlier build');

  for (const [place, words] of [
    [scratch, 'is a directory'],
    [at('app.ts/guest'), 'not a directory'],
    ['/proc/guest', 'no such file or directory'],
  ] as const) {
    const { status, stderr } = build(...unix, '-o', place);
    t.equal(status, 73, stderr);
    t.match(stderr, new RegExp(`: cannot write: ${words}\\n$`));
  }
  t.end();
});
