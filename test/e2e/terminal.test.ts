// Names, persons and messages in an image, and all that a command quotes, are words of strangers: none
// of them commands the terminal of whoever reads on.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Forge } from '../fixtures/forge.ts';
import { commitText, treeEntry } from '../fixtures/forge-bytes.ts';
import { HARMFUL } from '../fixtures/harmful-characters.ts';
import { runTool, type ToolName } from '../fixtures/tools.ts';

const root = join(import.meta.dirname, '../..');
/** It is installed, and the system has terminals to give. */
const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** No system has a file of such a name, or a process such an argument. */
const HAVE_NO_PLACE = /[\0/\ud800-\udfff]/;
const placed = HARMFUL.filter((character) => !HAVE_NO_PLACE.test(character));
/** Names that file systems take, with all of them. */
const NAMES = Array.from({ length: Math.ceil(placed.length / 50) }, (_, i) => {
  return `a${placed.slice(50 * i, 50 * (i + 1)).join('')}z`;
});
const NAME = NAMES[0] as string;
/** Printable ASCII, lines, and tabs. */
const PLAIN = /^[\x20-\x7e\n\t]*$/;

/** What a command prints on a terminal, and its status behind it. */
function onTerminal(name: ToolName, args: readonly string[]): string {
  const words = [process.execPath, join(root, 'dist/bin', `${name}.js`), ...args];
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { PATH } = process.env;
  const options = { env: { PATH, TERM: 'xterm', SHELL: '/bin/sh' }, encoding: 'utf8' } as const;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], options);
  // The terminal's own ends of lines, and what the progress line erases.
  return stdout.replaceAll('\r\n', '\n').replaceAll('\r\x1b[K', '');
}

function imageOf(author: string, message: string): Buffer {
  const forge = new Forge();
  const tree = forge.add('tree', treeEntry('100644', 'f', forge.add('blob', Buffer.from('x'))));
  const person = `${author} <${author}@b> 1500000000 +0000`;
  forge.add('commit', commitText(tree, `author ${person}\ncommitter ${person}\n\n${message}`));
  return forge.build();
}

const OSC = '\x1b]0;owned\x07\x1b[2J\x1b[31mall is well\x1b[8m';
const MESSAGE = `${OSC}\rforged\n\x1bP+q544e\x1b\\\u009b5m\u202etxt\n`;

t.test(
  'what an image says reaches a terminal harmless',
  { skip: !hasScript && 'no script, or no terminals' },
  async (t) => {
    const image = join(t.testdir(), 'disk.img');
    writeFileSync(image, imageOf(OSC, MESSAGE));
    const shown = onTerminal('docteur.verify', [image]);
    t.match(shown, PLAIN);
    t.match(shown, 'author\t: "\\u{1b}]0;owned\\u{7}');
    t.match(shown, '\\u{d}forged\n\\u{1b}P+q544e');
    t.match(onTerminal('docteur.verify', ['--json', image]), PLAIN);
  },
);

t.test(
  'names of an image reach a terminal harmless, and what is in its files',
  { skip: !hasScript && 'no script, or no terminals' },
  async (t) => {
    const folder = t.testdir({ folder: {}, other: {} });
    const [image, other] = [join(folder, 'disk.img'), join(folder, 'other')];
    for (const name of NAMES) writeFileSync(join(folder, 'folder', name), OSC);
    writeFileSync(join(folder, 'other', NAME), `${OSC}more`);
    await runTool('docteur.make', ['-q', join(folder, 'folder'), image]);
    for (const args of [
      ['ls'],
      ['ls', '-l'],
      ['ls', '-R'],
      ['ls', '--json'],
      ['info'],
      ['find', '*'],
    ]) {
      const [command = '', ...rest] = args;
      const first = command === 'find' ? [image, ...rest] : [...rest, image];
      const shown = onTerminal('docteur', [command, ...first]);
      t.match(shown, PLAIN, args.join(' '));
      t.ok(shown.length > 20, args.join(' '));
    }
    for (const how of [[], ['-p'], ['--stat'], ['--name-only'], ['--json']]) {
      t.match(onTerminal('docteur', ['diff', ...how, image, other]), PLAIN, `diff ${how}`);
    }
  },
);

t.test('into a pipe it goes as it is, as with the original; JSON is plain anyway', async (t) => {
  const image = join(t.testdir(), 'disk.img');
  writeFileSync(image, imageOf(OSC, MESSAGE));
  const { stdout } = await runTool('docteur.verify', [image]);
  t.ok(stdout.includes(`author\t: "${OSC}" <${OSC}@b>`));
  t.ok(stdout.includes(MESSAGE));
  const json = (await runTool('docteur.verify', ['--json', image])).stdout.toString();
  t.match(json, PLAIN);
  t.match(JSON.parse(json), { author: { name: OSC }, message: MESSAGE });
});

t.test('messages are one plain line, whatever they quote', async (t) => {
  const folder = join(t.testdir(), ...NAMES);
  mkdirSync(join(folder, 'docs'), { recursive: true });
  writeFileSync(join(folder, 'bad.img'), 'no image');
  t.equal(spawnSync('mkfifo', [join(folder, 'docs', NAME)]).status, 0);
  const image = join(folder, 'disk.img');
  const cases: [ToolName, string[], number][] = [
    ['docteur.make', [join(folder, 'absent'), image], 66],
    ['docteur.make', ['--strict', join(folder, 'docs'), image], 65],
    ['docteur.make', ['--json', join(folder, 'docs'), image], 0],
    ['docteur.make', ['-b', NAME, folder, image], 64],
    ['docteur.make', [folder, image, NAME], 64],
    ['docteur.make', [`--${NAME}`, folder, image], 64],
    ['docteur.make', [`https://${NAME}.invalid/x`, image], 69],
    ['docteur.verify', [join(folder, 'absent.img')], 66],
    ['docteur.verify', [join(folder, 'bad.img')], 65],
    ['docteur.verify', ['--debug', join(folder, 'bad.img')], 65],
    ['docteur.index', [join(folder, 'bad.img')], 65],
    ['docteur.index', [image], 0],
  ];
  for (const [tool, args, status] of cases) {
    const outcome = await runTool(tool, args);
    t.equal(outcome.status, status, `${tool} ${args.length}`);
    t.ok(outcome.stderr.length > 0);
    t.match(outcome.stderr, PLAIN);
    t.match(outcome.stdout.toString(), PLAIN);
    const lines = outcome.stderr.trimEnd().split('\n').length;
    if (status !== 0 && !args.includes('--debug')) t.equal(lines, 1, 'one line');
  }
});
