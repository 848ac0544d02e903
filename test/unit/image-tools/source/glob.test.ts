import t from 'tap';
import { compileGlobs } from '../../../../image-tools/source/glob.ts';

const matches = (glob: string, path: string, isFolder = false) =>
  compileGlobs([glob])(Buffer.from(path), isFolder);

t.test('what globs match', async (t) => {
  const cases: [string, string, boolean][] = [
    ['*.o', 'a.o', true],
    ['*.o', 'x/y/a.o', true],
    ['*.o', 'a.oo', false],
    ['*.o', 'a.o/b', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['src/*.o', 'src/a.o', true],
    ['src/*.o', 'x/src/a.o', false],
    ['src/*.o', 'src/x/a.o', false],
    ['src/**', 'src/x/a.o', true],
    ['**/a', 'a', true],
    ['**/a', 'x/y/a', true],
    ['x/**/a', 'x/a', true],
    ['x/**/a', 'x/y/z/a', true],
    ['/a', 'a', true],
    ['/a', 'x/a', false],
    ['./a/b', 'a/b', true],
    ['./a', 'a', true],
    ['./a', 'x/a', false],
    ['[abc]', 'b', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]', 'd', true],
    ['[^a-c]', 'b', false],
    ['[]]', ']', true],
    ['[]', '[]', true],
    ['[!]', 'a', false],
    ['[!]', '[!]', true],
    ['a.b', 'axb', false],
    ['a+(b)', 'a+(b)', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['é*', 'été', true],
    ['*e', 'été', false],
    ['a\nb', 'a\nb', true],
    ['a**/b', 'a/b', true],
    ['a**/b', 'ax/y/b', true],
    ['a**/b', 'axb', false],
    ['**/**/b', 'b', true],
    ['**/**/b', 'x/y/b', true],
    ['a**c', 'x/a/b/c', true],
    ['x/a[!b]c', 'x/a/c', false],
    ['x/a[+-9]c', 'x/a/c', false],
    ['[a-]', '-', true],
    ['[a-c-e]', 'd', false],
    ['[\\]', '\\', true],
    ['*', 'a\nb', true],
  ];
  for (const [glob, path, expected] of cases) {
    t.equal(matches(glob, path), expected, `${JSON.stringify(glob)} on ${JSON.stringify(path)}`);
  }
});

t.test('a range that runs backwards is refused', async (t) => {
  t.throws(() => compileGlobs(['[z-a]']), { code: 'USAGE', message: /^\[z-a\]: not a glob/ });
});

t.test('a slash at the end asks for a folder', async (t) => {
  t.equal(matches('build/', 'x/build', true), true);
  t.equal(matches('build/', 'build', false), false);
});

t.test('names are bytes; no glob matches nothing', async (t) => {
  const name = Buffer.from([0x61, 0xff, 0xfe]);
  t.equal(compileGlobs(['a??'])(name, false), true);
  t.equal(compileGlobs([])(name, false), false);
  t.equal(compileGlobs(['x', 'a*'])(name, false), true);
});

t.test('many stars and a long path that nearly matches take no long', async (t) => {
  const dashes = '-'.repeat(4000);
  const folders = 'a/'.repeat(2000);
  const before = process.cpuUsage();
  t.equal(matches(`${'*-'.repeat(30)}*.tmp`, dashes), false);
  t.equal(matches(`${'**-'.repeat(30)}**.tmp`, dashes), false);
  t.equal(matches(`${'**/a/'.repeat(30)}x`, `${folders}a`), false);
  t.equal(matches(`${'**/*a*/'.repeat(30)}x`, `${folders}x`), true);
  const { user } = process.cpuUsage(before);
  t.ok(user < 2_000_000, `${user} µs`);
});
