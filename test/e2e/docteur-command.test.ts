// The one command: its help, completions and manual pages, which come from the declarations, and that the
// dotted commands and the tender are the same code.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { COMMANDS } from '../../image-tools/docteur/registry.ts';
import {
  FIVE_FILE_COMMIT,
  FIVE_FILE_DATE,
  runTool,
  writeFiveFileFolder,
} from '../fixtures/tools.ts';

const root = join(import.meta.dirname, '../..');
const docteur = (...args: string[]) => runTool('docteur', args);
const has = (program: string) => spawnSync(program, ['--version']).status === 0;

t.test('what there is: --help, help, nothing, a slip', async (t) => {
  const help = await docteur('--help');
  t.equal(help.status, 0);
  for (const { name, summary } of COMMANDS) t.ok(help.stdout.includes(`  ${name} `), summary);
  t.same((await docteur('help')).stdout, help.stdout);
  t.match(await docteur(), { status: 64, stderr: help.stdout.toString() });
  t.match(await docteur('verfy', 'x'), {
    status: 64,
    stderr: 'docteur: verfy: no such command; do you mean verify?\n',
  });
  t.match(await docteur('n\u001b]0;\u0007'), {
    status: 64,
    stderr: 'docteur: n\\u{1b}]0;\\u{7}: no such command; docteur --help lists the commands\n',
  });
  t.match(await docteur('help', 'n'), { status: 64, stderr: /^docteur help: n: no such command/ });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  t.equal((await docteur('--version')).stdout.toString(), `${version}\n`);
});

t.test('help of each command, by both ways', async (t) => {
  for (const { name } of COMMANDS) {
    const help = await docteur('help', name);
    t.match(help, { status: 0, stderr: '' }, name);
    t.match(help.stdout.toString(), /^usage: /i);
    t.same((await docteur(name, '--help')).stdout, help.stdout, name);
  }
});

t.test('the dotted commands and the tender are the same', async (t) => {
  const folder = join(t.testdir(), 'five');
  mkdirSync(folder);
  writeFiveFileFolder(folder);
  const [one, two] = [`${folder}.img`, `${folder}.2.img`];
  t.match(await docteur('make', '-q', '-d', FIVE_FILE_DATE, folder, one), {
    status: 0,
    stderr: '',
  });
  await runTool('docteur.make', ['-q', '-d', FIVE_FILE_DATE, folder, two]);
  t.ok(readFileSync(one).equals(readFileSync(two)));
  const verified = await docteur('verify', '--json', one);
  t.match(JSON.parse(verified.stdout.toString()), { commit: FIVE_FILE_COMMIT });
  t.match(await docteur('index', one), { status: 0, stderr: /^docteur index: .* renewed/ });
  t.match(await docteur('verify', 'absent'), { status: 66, stderr: /^docteur verify: absent: / });
  t.match(await docteur('build'), { status: 64, stderr: /^docteur build: missing option: -t / });
  const guest = join(root, 'dist/guests/simple.js');
  const run = ['run', `--block:docteur=${one}`, '--', guest, '--filename', 'README.md'];
  t.match(await docteur(...run), { status: 0, stdout: Buffer.from('Hello World!\n'), stderr: '' });
  t.match(await docteur('run', '--nonsense', guest), { status: 64, stderr: /^tender: Invalid/ });
});

t.test('a command loads what it needs and no more', async (t) => {
  const hook = join(t.testdir(), 'loaded.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ resolve(name, context, next) { writeSync(2, name + '\\n'); return next(name, context); } });
`,
  );
  const loaded = async (...args: string[]) => {
    const { stderr } = await runTool('docteur', args, {
      env: { NODE_OPTIONS: `--import=${hook}` },
    });
    return stderr;
  };
  t.match(await loaded('help', 'build'), /^esbuild$/m, 'the hook sees it');
  for (const args of [['--help'], ['verify', '--help'], ['make', '--help']]) {
    t.notMatch(await loaded(...args), /^(esbuild|koffi)$|tender\.cjs/m, args.join(' '));
  }
});

t.test('manual pages: package.json names each, and man reads them', async (t) => {
  const { man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const pages = readdirSync(join(root, 'dist/man')).map((page) => `dist/man/${page}`);
  t.same([...man].sort(), pages.sort());
  t.same(pages.length, COMMANDS.length + 1);
  if (!has('groff')) {
    t.pass('skipped: no groff');
    return;
  }
  for (const page of pages) {
    const { status, stderr, stdout } = spawnSync(
      'groff',
      ['-man', '-ww', '-Tutf8', join(root, page)],
      { encoding: 'utf8' },
    );
    t.match({ status, stderr }, { status: 0, stderr: '' }, page);
    t.match(stdout, /DOCTEUR/);
  }
});

t.test('completions', async (t) => {
  t.match(await docteur('completion', 'tcsh'), {
    status: 64,
    stderr: /use one of bash, zsh, fish/,
  });
  const scratch = t.testdir();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await docteur('completion', shell);
    for (const { name } of COMMANDS) t.ok(stdout.includes(name), `${shell}: ${name}`);
    const file = join(scratch, shell);
    writeFileSync(file, stdout);
    if (!has(shell)) {
      t.pass(`skipped: no ${shell}`);
      continue;
    }
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    t.match({ status, stderr }, { status: 0, stderr: '' }, `${shell} parses it`);
  }
  const complete = (command: string, ...words: string[]) => {
    const line = [command, ...words];
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));
      _docteur "$1"; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ['-c', script, 'bash', join(scratch, 'bash'), ...line];
    return spawnSync('bash', args, { encoding: 'utf8' }).stdout.trim().split('\n');
  };
  t.same(complete('docteur', 've'), ['verify']);
  if (has('fish')) {
    const fish = (line: string) => {
      const script = 'source $argv[1]; complete -C $argv[2]';
      const args = ['--no-config', '-c', script, join(scratch, 'fish'), line];
      const { stdout } = spawnSync('fish', args, { encoding: 'utf8' });
      return stdout.split('\n').map((found) => found.split('\t')[0]);
    };
    t.same(fish('docteur ver').filter(Boolean), ['verify']);
    t.ok(fish('docteur ls --js').includes('--json'));
    t.ok(fish('docteur find x y --type ').includes('d'));
  }
  t.same(complete('docteur', 'verify', '--j'), ['--json']);
  t.same(complete('docteur.make', '--exc'), ['--exclude']);
  t.same(complete('docteur', 'make', '--format', 'q'), ['qcow2']);
  t.same(complete('docteur', 'make', '--format', '=', 'q'), ['qcow2'], 'as bash cuts --format=q');
  t.ok(complete('docteur', 'make', '--format', '=').includes('qcow2'));
  t.same(complete('docteur', 'make', '--format=q'), ['--format=qcow2'], 'and where it does not');
  t.same(complete('docteur', 'run', '--blo'), [
    '--block:',
    '--block-writable:',
    '--block-sector-size:',
  ]);
  t.same(complete('docteur', 'help', 'ma'), ['make']);
});
