import t from 'tap';
import { programMappings } from '../../../../image-tools/mount/drop-start.ts';

/** One mapping, as /proc/self/smaps has it. */
function mapping(line: string, rss: number, anonymous: number): string {
  return `${line}\nSize:  42000 kB\nRss:   ${rss} kB\nPss:   ${rss} kB\nAnonymous:  ${anonymous} kB\nVmFlags: rd ex mr mw me\n`;
}

t.test('only unchanged pages of files are let go of', async (t) => {
  const text = [
    mapping('00400000-02cfa000 r-xp 0034a000 08:01 77   /usr/bin/no de', 28_000, 0),
    mapping('03000000-04000000 r--p 02c00000 08:01 77   /usr/bin/node', 10_000, 0),
    mapping('04000000-05000000 r--p 03c00000 08:01 77   /usr/bin/node', 10_000, 4),
    mapping('05000000-06000000 rw-p 04c00000 08:01 77   /usr/bin/node', 10_000, 0),
    mapping('06000000-07000000 r--s 00000000 08:01 78   /srv/shared', 10_000, 0),
    mapping('07000000-08000000 r-xp 00000000 08:01 79   /usr/lib/small.so', 900, 0),
    mapping('08000000-09000000 rwxp 00000000 00:00 0', 10_000, 10_000),
    mapping('09000000-0a000000 r-xp 00000000 00:00 0', 10_000, 0),
    mapping('7ffc40afa000-7ffc40b1b000 rw-p 00000000 00:00 0   [stack]', 10_000, 0),
    mapping('7ffc40b1c000-7ffc40b1d000 r-xp 00000000 00:00 0   [vdso]', 10_000, 0),
  ].join('');
  t.same(programMappings(text), [
    { start: 0x400000, end: 0x2cfa000 },
    { start: 0x3000000, end: 0x4000000 },
  ]);
  t.same(programMappings(''), []);
});
