'use strict';
// What npm runs before it packs this folder, or installs it: builds dist/. Runs on any Node that npm does.
const { copyFileSync, existsSync, mkdirSync, constants } = require('node:fs');
const { execFileSync } = require('node:child_process');
const { dirname, join } = require('node:path');

const root = join(__dirname, '..');
const ownNode = join(root, 'node_modules/.bin/node');
const { env } = process;

/** Runs a program as if no npm had started this one. */
function run(command, ...args) {
  const plain = Object.entries(env).filter(([name]) => !/^npm_/i.test(name));
  execFileSync(command, args, {
    cwd: root,
    env: Object.fromEntries(plain),
    stdio: ['ignore', 2, 2],
  });
}

/**
 * npm 9 copies this folder for `npm install -g .`, without what only development needs. Where the
 * system's Node is too old for the commands, they then find the one that built them in dist/node.
 */
function bringNode() {
  const copies =
    /^npm\/9\./.test(env.npm_config_user_agent) || env.npm_config_install_links === 'true';
  if (!copies || env.npm_config_global !== 'true' || env.npm_command !== 'install') return;
  const version = execFileSync(env.npm_node_execpath, ['--version'], { encoding: 'utf8' });
  const [major, minor] = version.slice(1).split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return;
  if (!existsSync(ownNode)) return;
  const target = join(root, 'dist/node/bin/node');
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(ownNode, target, constants.COPYFILE_FICLONE);
}

if (!existsSync(join(root, 'node_modules/typescript'))) {
  const node = env.npm_node_execpath ?? process.execPath;
  run(node, env.npm_execpath, 'ci', '--ignore-scripts', '--loglevel=error');
}
if (!existsSync(ownNode)) run('sh', 'scripts/install-own-node.sh');
const node = existsSync(ownNode) ? ownNode : process.execPath;
run(node, '--conditions=docteur:source', 'scripts/build.ts');
bringNode();
