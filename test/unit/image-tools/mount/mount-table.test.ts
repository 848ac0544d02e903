import t from 'tap';
import {
  mountAt,
  mountPointsBelow,
  parseMountTable,
} from '../../../../image-tools/mount/mount-table.ts';

t.test('the lines of mountinfo', async (t) => {
  const text = [
    '22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw',
    '40 28 0:39 / /srv/two\\040words\\134 ro - fuse.docteur /a\\012b.img ro,user_id=0',
    '41 28 8:1 / / rw,relatime master:1 propagate_from:2 - ext4 /dev/sda1 rw',
    'nonsense',
    '',
  ].join('\n');
  t.same(parseMountTable(text), [
    { device: '0:21', point: '/proc', type: 'proc', source: 'proc' },
    { device: '0:39', point: '/srv/two words\\', type: 'fuse.docteur', source: '/a\nb.img' },
    { device: '8:1', point: '/', type: 'ext4', source: '/dev/sda1' },
  ]);
});

t.test('what is mounted here', { skip: process.platform !== 'linux' }, async (t) => {
  t.equal(mountAt('/proc')?.type, 'proc');
  t.equal(mountAt('/proc/self/absent'), undefined);
  t.notOk(mountPointsBelow('/proc').includes('/proc'));
  t.notOk(mountPointsBelow('/pro').includes('/proc'));
  t.ok(mountPointsBelow('').includes('/proc'));
});
