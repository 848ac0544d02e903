import t from 'tap';
import { chooseDisks } from '../../../../guest/targets/unix-disks.ts';

const ONE = [{ name: 'docteur', path: '/built.img' }];
const TWO = [
  { name: 'docs', path: '/docs.img' },
  { name: 'data', embedded: { fromEnd: 9, size: 4 } },
];
const pathsOf = (...args: Parameters<typeof chooseDisks>) =>
  chooseDisks(...args).disks.map(({ path }) => path);

t.test('the command line before the environment before what was built', async (t) => {
  t.strictSame(pathsOf(ONE, [], {}), ['/built.img']);
  t.strictSame(pathsOf(ONE, [], { DOCTEUR_DISK: 'a' }), ['a']);
  t.strictSame(pathsOf(ONE, [], { DOCTEUR_DISK: 'a', DOCTEUR_DISK_DOCTEUR: 'b' }), ['b']);
  t.strictSame(pathsOf(ONE, ['--disk=c'], { DOCTEUR_DISK_DOCTEUR: 'b' }), ['c']);
  t.strictSame(pathsOf(ONE, ['--disk=c', '--disk', 'd'], {}), ['d'], 'the last one');
  t.strictSame(pathsOf(ONE, [], { DOCTEUR_DISK: '' }), ['/built.img'], 'empty is absent');
});

t.test('several disks', async (t) => {
  t.strictSame(pathsOf(TWO, ['--disk=data=x=y'], {}), ['/docs.img', 'x=y']);
  t.strictSame(pathsOf(TWO, [], { DOCTEUR_DISK: 'a', DOCTEUR_DISK_DATA: 'b' }), ['a', 'b']);
  t.strictSame(chooseDisks(TWO, [], {}).disks, TWO);
  t.throws(() => chooseDisks(TWO, ['--disk', 'x'], {}), {
    name: 'UsageError',
    message: /--disk x: use --disk NAME=PATH, with one of the app's disks \(docs, data\)/,
  });
});

t.test('all other arguments are the app\u2019s', async (t) => {
  const args = ['--a', '--disk', 'x', 'b', '--', '--disk', 'y', '--'];
  t.strictSame(chooseDisks(ONE, args, {}), {
    disks: [{ name: 'docteur', path: 'x' }],
    rest: ['--a', 'b', '--disk', 'y', '--'],
  });
  t.throws(() => chooseDisks(ONE, ['--disk'], {}), {
    message: '--disk needs the path of an image',
  });
});
