'use strict';
// What npm runs before it packs this folder, or installs it: builds dist/. Runs on any Node that npm does.
const { copyFileSync, existsSync, mkdirSync, constants } = require('node:fs');
const { execFileSync } = require('node:child_process');
const { dirname, join } = require('node:path');

const root = join(__dirname, '..');
const ownNode = join(root, 'node_modules/.bin/node');
const { env } = process;

/** Runs npm as if nobody had started this from another npm. */
function npm(...args) {
  const plain = Object.entries(env).filter(([name]) => !/^npm_/i.test(name));
  const options = { cwd: root, env: Object.fromEntries(plain), stdio: ['ignore', 2, 2] };
  execFileSync(env.npm_node_execpath ?? process.execPath, [env.npm_execpath, ...args], options);
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
  const target = join(root, 'dist/node/bin/node');
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(ownNode, target, constants.COPYFILE_FICLONE);
}

// The Makefile builds by itself.
if (env.DOCTEUR_NO_PREPARE !== '1') {
  if (!existsSync(ownNode)) npm('ci', '--ignore-scripts=false', '--loglevel=error');
  execFileSync(ownNode, ['--conditions=docteur:source', 'scripts/build.ts'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  bringNode();
}
