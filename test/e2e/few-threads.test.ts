// A machine that has no more threads to give: the check of an image says so.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeImage } from '../../image-tools/index.ts';
import { isRoot } from '../fixtures/processes.ts';

/** Nobody else's processes count against the limit of this user; root has no limit. */
const USER = { uid: 54_321, gid: 54_321 };
const LIBRARY = join(import.meta.dirname, '../../dist/library/image-tools.js');
/** Node has some ten threads of its own, and may hang where it gets fewer. */
const LIMIT = 20;

const folder = mkdtempSync(join(tmpdir(), 'docteur-threads-'));
t.teardown(() => rmSync(folder, { recursive: true }));
chmodSync(folder, 0o755);
mkdirSync(join(folder, 'folder'));
writeFileSync(join(folder, 'folder/a'), 'hello');
const image = join(folder, 'disk.img');
await makeImage({ source: join(folder, 'folder'), image });
const program = join(folder, 'verify.mjs');
writeFileSync(
  program,
  `import { verifyImage } from ${JSON.stringify(LIBRARY)};
  await verifyImage(${JSON.stringify(image)}, { threads: Number(process.argv[2]) }).then(
    () => console.log('sound'),
    ({ name, code, message }) => console.log(name, code, message),
  );`,
);

function verify(threads: number) {
  const command = ['prlimit', `--nproc=${LIMIT}`, process.execPath, program, `${threads}`];
  // tap's own hooks, which come by NODE_OPTIONS, need threads too.
  const args = ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', ...command];
  const env = { PATH: process.env.PATH };
  return spawnSync('sh', args, { ...USER, env, encoding: 'utf8', timeout: 60_000 });
}

function whyNot(): string | false {
  if (!isRoot) return 'only root can become a user without processes';
  const { stdout } = verify(2);
  return stdout === 'sound\n' ? false : 'no prlimit here, or others cannot read this folder';
}

t.test('a thread that cannot be started is an error with a name', { skip: whyNot() }, async (t) => {
  t.match(verify(40), {
    status: 0,
    stdout: 'ToolError IO cannot start a thread: EAGAIN\n',
    stderr: '',
  });
});
