// The launchers of the commands on an older Node, as which this one gives itself out.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';

const root = join(import.meta.dirname, '..', '..');
const folder = t.testdir({ bin: { 'package.json': '{"type":"commonjs"}' } });

/** Runs a launcher on what says that it is Node `version`. */
async function launch(launcher: string, version: string) {
  const disguise = join(folder, `${version}.cjs`);
  const versions = `{ ...process.versions, node: '${version}' }`;
  writeFileSync(disguise, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
  const node = ['env', '-i', process.execPath, '--require', disguise] as const;
  const [file, ...args] = [...node, launcher, '--help'] as const;
  return execa(file, args, { reject: false });
}

t.test('package.json asks for the Node that the launchers ask for', async (t) => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const launcher = readFileSync(join(root, 'scripts/launcher.cjs'), 'utf8');
  t.equal(engines.node, `>=${/MINIMUM = '([0-9.]+)'/.exec(launcher)?.[1]}`);
});

for (const command of ['docteur.make', 'tender']) {
  t.test(command, async (t) => {
    const launcher = join(root, 'dist/bin', `${command}.js`);
    for (const version of ['20.19.0', '22.11.0']) {
      t.match(await launch(launcher, version), { exitCode: 0, stdout: /^usage: /i, stderr: '' });
    }
    // Without a Node of a clone's own, there is nothing to go on with.
    const lone = join(folder, 'bin', `${command}.js`);
    cpSync(launcher, lone);
    for (const version of ['20.19.0', '22.11.0']) {
      const { exitCode, stderr } = await launch(lone, version);
      t.equal(exitCode, 1);
      t.match(stderr, new RegExp(`^${command}: needs Node 22.12 or newer, this is v[^\\n]+$`));
    }
    // New enough: on to the command itself, which is not there.
    const { stderr } = await launch(lone, '22.12.0');
    t.match(stderr, /Cannot find module|ENOENT/);
  });
}
