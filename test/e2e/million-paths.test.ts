// A million paths: listed, found, compared and described in memory that does not grow with them. Long: only
// with DOCTEUR_LONG=1, as `make soak` sets it.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runBounded } from '../fixtures/bounded.ts';
import { Forge } from '../fixtures/forge.ts';
import { commitText, treeEntry } from '../fixtures/forge-bytes.ts';
import { runTool } from '../fixtures/tools.ts';

const LONG = process.env.DOCTEUR_LONG === '1';
const DOCTEUR = 'image-tools/docteur/bin/docteur.ts';

/** `folders` folders of a thousand files each; of the first one, a file has another content. */
function forge(folders: number, content: string): Buffer {
  const forge = new Forge();
  const blob = forge.add('blob', Buffer.from('x'));
  const other = forge.add('blob', Buffer.from(content));
  const root = Array.from({ length: folders }, (_, i) => {
    const files = Array.from({ length: 1000 }, (_, j) => {
      const name = `${i}-${`${j}`.padStart(3, '0')}.txt`;
      return treeEntry('100644', name, i === 0 && j === 7 ? other : blob);
    });
    return treeEntry('40000', `${i}`.padStart(4, '0'), forge.add('tree', Buffer.concat(files)));
  });
  forge.add('commit', commitText(forge.add('tree', Buffer.concat(root))));
  return forge.build();
}

t.test('a million paths', { skip: !LONG && 'long: DOCTEUR_LONG=1' }, async (t) => {
  const folder = t.testdir({});
  const [few, many, other] = ['few', 'many', 'other'].map((name) => join(folder, `${name}.img`));
  writeFileSync(few as string, forge(10, 'y'));
  writeFileSync(many as string, forge(1000, 'y'));
  writeFileSync(other as string, forge(1000, 'z'));
  const run = (...args: string[]) => runBounded(DOCTEUR, args, { seconds: 60 });
  for (const indexed of [false, true]) {
    if (indexed) {
      for (const image of [few, many]) {
        t.match(await runTool('docteur.index', ['-q', image as string]), { status: 0 });
      }
    }
    for (const args of [
      ['ls', '-R'],
      ['ls', '-lR'],
      ['ls', '-R', '--json'],
    ]) {
      const small = await run(...args, few as string);
      const large = await run(...args, many as string);
      t.match([small.end, large.end], ['0', '0'], args.join(' '));
      t.equal(large.stdout.split('\n').length - 1, 1_001_000);
      const words = `${args.join(' ')}: ${small.peak} and ${large.peak} MiB, ${large.seconds} s`;
      t.ok(large.peak < small.peak + 80, words);
      t.comment(words);
    }
    const tar = join(folder, 'all.tar');
    const small = await run('tar', '-o', join(folder, 'few.tar'), few as string);
    const large = await run('tar', '-o', tar, many as string);
    t.match([small.end, large.end], ['0', '0'], 'tar');
    t.ok(large.peak < small.peak + 80, `tar: ${small.peak} and ${large.peak} MiB`);
    const names = execFileSync('sh', ['-c', 'tar tf "$1" | wc -l', 'sh', tar]);
    t.equal(Number(names), 1_001_000);
    rmSync(tar);
    rmSync(join(folder, 'few.tar'));
    const found = await run('find', many as string, '*-007.txt');
    t.equal(found.stdout.split('\n').length - 1, 1000);
    const diff = await run('diff', many as string, other as string);
    t.match(diff, { end: '1', stdout: 'M\t0000/0-007.txt\n' });
    t.ok(diff.seconds < 5, `diff opens one folder of a thousand: ${diff.seconds} s`);
  }
  const info = await run('info', '--json', many as string);
  t.match(JSON.parse(info.stdout).files.kinds, { file: 1_000_000, directory: 1000 });
});
