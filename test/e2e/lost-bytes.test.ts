// Paths are bytes. Those that are not UTF-8 are refused in words, and never another file is meant.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

const bin = join(import.meta.dirname, '../../dist/bin');
const guest = join(import.meta.dirname, '../../dist/guests/simple.js');

/** Not UTF-8: latin1's é, typed by the shell, as Node cannot pass it on. */
const CAFE = Buffer.from('caf\xe9', 'latin1');

function run(folder: string, script: string) {
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `cafe=$(printf 'caf\\351'); ${script}`],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, NODE: process.execPath, BIN: bin, GUEST: guest },
    },
  );
  return { status, stdout, stderr };
}

function prepare(t: Test): string {
  const folder = t.testdir({ source: { a: 'hello', '\ufffd': 'genuine' } });
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), CAFE]));
  return folder;
}

t.test('arguments', async (t) => {
  const folder = prepare(t);
  const refused = (command: string, argument: number) => ({
    status: 64,
    stdout: '',
    stderr: `${command}: argument ${argument} is not UTF-8, and paths must be: rename the file\n`,
  });
  const make = '"$NODE" "$BIN/docteur.make.js"';
  t.strictSame(run(folder, `${make} source "$cafe.img"`), refused('docteur.make', 2));
  t.strictSame(run(folder, `${make} "$cafe" disk.img`), refused('docteur.make', 1));
  const excluding = `${make} --exclude "$cafe.txt" source disk.img`;
  t.strictSame(run(folder, excluding), refused('docteur.make', 2));
  const verify = '"$NODE" "$BIN/docteur.verify.js" "$cafe.img"';
  t.strictSame(run(folder, verify), refused('docteur.verify', 1));
  const tender = '"$NODE" "$BIN/tender.js" "--block:docteur=$cafe.img" -- "$GUEST"';
  t.strictSame(run(folder, tender), refused('tender', 1));
  t.strictSame(
    readdirSync(folder).filter((name) => name.endsWith('.img')),
    [],
  );
});

t.test('the character that stands for lost bytes may be meant', async (t) => {
  const folder = prepare(t);
  const name = "$(printf '\\357\\277\\275')";
  const script = `"$NODE" "$BIN/docteur.make.js" -q source "${name}.img" &&
    "$NODE" "$BIN/tender.js" "--block:docteur=${name}.img" -- "$GUEST" --filename "${name}"`;
  t.strictSame(run(folder, script), { status: 0, stdout: 'genuine', stderr: '' });
});

t.test('the current folder', async (t) => {
  const folder = prepare(t);
  const make = '"$NODE" "$BIN/docteur.make.js" -q';
  const { status, stderr } = run(folder, `cd "$cafe" && ${make} ../source disk.img`);
  t.equal(status, 64);
  t.match(stderr, /^docteur\.make: the path of the current folder is not UTF-8: [^\n]+\n$/);
  // The tender's paths are the kernel's to follow.
  const tender = '"$NODE" "$BIN/tender.js" --block:docteur=../disk.img -- "$GUEST" --filename a';
  const script = `${make} source disk.img && cd "$cafe" && ${tender}`;
  t.strictSame(run(folder, script), { status: 0, stdout: 'hello', stderr: '' });
});

t.test('links that lead to such names', async (t) => {
  const folder = prepare(t);
  const target = Buffer.concat([CAFE, Buffer.from('/disk.img')]);
  symlinkSync(target, join(folder, 'link'));
  const script = '"$NODE" "$BIN/docteur.make.js" -q source link';
  const expected = {
    status: 73,
    stdout: '',
    stderr: 'docteur.make: link: leads to a path that is not UTF-8: give another\n',
  };
  t.strictSame(run(folder, script), expected, 'to nothing');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), target]), '');
  t.strictSame(run(folder, script), expected, 'to a file');
  t.notOk(existsSync(join(folder, 'caf\ufffd')));
});

t.test('a program of its own', async (t) => {
  const folder = prepare(t);
  writeFileSync(
    join(folder, 'app.ts'),
    `export default (host) => { host.write(host.arguments.join()); return 0; };\n`,
  );
  const build = '"$NODE" "$BIN/docteur.build.js" -t unix --disk x app.ts -o program';
  const script = `${build} && "$NODE" program`;
  t.strictSame(run(folder, `${script} "$(printf '\\357\\277\\275')"`), {
    status: 0,
    stdout: '\ufffd',
    stderr: '',
  });
  t.strictSame(run(folder, `${script} a "$cafe"`), {
    status: 64,
    stdout: '',
    stderr: 'argument 2 is not UTF-8, and paths must be: rename the file\n',
  });
});
