import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import t from 'tap';
import { watchImages } from '../../../../../image-tools/docteur/serve/watch-images.ts';

t.test('a file that cannot be reached may come back', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const path = join(t.testdir({ 'disk.img': 'one' }), 'disk.img');
  let changes = 0;
  const unwatch = watchImages([path], () => {
    changes += 1;
  });
  t.teardown(unwatch);
  const look = () => mock.timers.tick(1_000);
  look();
  t.equal(changes, 0);
  unlinkSync(path);
  look();
  symlinkSync('disk.img', path);
  look();
  t.equal(changes, 0, 'absent, and a link to itself');
  writeFileSync(`${path}.new`, 'two');
  renameSync(`${path}.new`, path);
  look();
  look();
  t.equal(changes, 1);
});
