import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { keptGlobals } from '../../../../../../tender/monitors/node/realm/globals.ts';

const script = join(import.meta.dirname, '../../../../../fixtures/hardened.ts');

t.test('what the realm of the runtime has left when a guest begins', async (t) => {
  const args = ['-i', process.execPath, '--no-warnings', '--conditions=docteur:source', script];
  const report = JSON.parse(execFileSync('env', args, { encoding: 'utf8' }));
  t.same(
    report.process.filter((key: string) =>
      /dlopen|binding|Module|kill|^env$|^argv$|exec|chdir|debug|Exit$|^std|report|mainModule/i.test(
        key,
      ),
    ),
    [],
  );
  t.same(
    report.globals.filter(
      (name: string) => !keptGlobals().includes(name) || /^(eval|Function)$/.test(name),
    ),
    [],
    'no fetch, no require, no process',
  );
  t.same(report.compilers, [], 'no function leads to one that compiles text');
  t.same(report.unfrozen, []);
});
