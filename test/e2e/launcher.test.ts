// The launchers of the commands on an older Node, as which this one gives itself out.
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';

const root = join(import.meta.dirname, '..', '..');
const folder = t.testdir({ bin: { 'package.json': '{"type":"commonjs"}' } });

/** Runs a launcher on what says that it is Node `version`. */
async function launch(launcher: string, version: string, env: Record<string, string> = {}) {
  const disguise = join(folder, `${version}.cjs`);
  const versions = `{ ...process.versions, node: '${version}' }`;
  writeFileSync(disguise, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
  const node = [process.execPath, '--require', disguise] as const;
  const [file, ...args] = [...node, launcher, '--help'] as const;
  return execa(file, args, { reject: false, env, extendEnv: false });
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
    // With one in PATH, or one that came with an installed copy, there is.
    const other = t.testdir({
      path: { bin: {} },
      dist: { bin: { 'package.json': '{}' }, node: { bin: {} } },
    });
    const copy = join(other, 'dist/bin', `${command}.js`);
    cpSync(launcher, copy);
    const [inPath, beside] = [join(other, 'path/bin/node'), join(other, 'dist/node/bin/node')];
    for (const [node, env] of [
      [inPath, { PATH: `relative:${join(other, 'path/bin')}` }],
      [beside, {}],
    ] as const) {
      writeFileSync(node, '#!/bin/sh\n[ "$1" = --version ] && echo v24.0.0 || echo "found $1"\n');
      chmodSync(node, 0o755);
      const { exitCode, stdout } = await launch(copy, '20.19.0', env);
      t.match({ exitCode, stdout }, { exitCode: 0, stdout: `found ${copy}` });
      rmSync(node);
    }
    // One that says it is newer, and is not, does not look for others for ever.
    const old = `#!/bin/sh\n[ "$1" = --version ] && echo v24.0.0 && exit
      exec ${process.execPath} --require ${join(folder, '20.19.0.cjs')} "$@"\n`;
    writeFileSync(beside, old, { mode: 0o755 });
    t.match(await launch(copy, '20.19.0'), { exitCode: 1, stderr: /: needs Node 22.12 or newer/ });
    // New enough: on to the command itself, which is not there.
    const { stderr } = await launch(lone, '22.12.0');
    t.match(stderr, /Cannot find module|ENOENT/);
  });
}
