#!/usr/bin/env node
'use strict';
// Starts a command on Node 22.12 or newer. An older one looks for another and goes on with that:
// otherwise one line says what to install. CommonJS, because Node starts that faster than a module.
const MINIMUM = '22.12';
/** Set for the Node that was found, so that it does not look for another in its turn. */
const SOUGHT = 'DOCTEUR_NODE_SOUGHT';

/** The Node that the lockfile brings, that came with an installed copy, or that stands in PATH. */
function findOtherNode() {
  const { existsSync, realpathSync } = require('node:fs');
  const { delimiter, dirname, join } = require('node:path');
  const { spawnSync } = require('node:child_process');
  const here = dirname(realpathSync(__filename));
  const ours = ['../../node_modules/.bin/node', '../node/bin/node'].map((path) => join(here, path));
  const folders = (process.env.PATH || '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'));
  const others = folders.map((folder) => join(folder, 'node'));
  return [...ours, ...others].filter(existsSync).find((node) => {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    return /^v\d+\.\d+\.\d+/.test(stdout) && !isOld(stdout.slice(1));
  });
}

/** Runs this launcher again, on a newer Node. */
function runOnOtherNode() {
  // What that one found was no newer than it said.
  const node = process.env[SOUGHT] === '1' ? undefined : findOtherNode();
  if (node === undefined) {
    const is = `this is ${process.version} (${process.execPath})`;
    const hint = 'npm install -g node@24 installs one';
    process.stderr.write(`@COMMAND@: needs Node ${MINIMUM} or newer, ${is}: ${hint}\n`);
    process.exitCode = 1;
    return;
  }
  const { spawn } = require('node:child_process');
  // What the child hides of its arguments (a password) must not stay visible in ours.
  process.title = '@COMMAND@';
  const env = { ...process.env, [SOUGHT]: '1' };
  const child = spawn(node, [__filename, ...process.argv.slice(2)], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/**
 * Paths are bytes, and Node decodes them as UTF-8: of others, U+FFFD remains, and another file would be
 * meant. Gives what is wrong with the arguments or the current folder, if anything is.
 */
function findLostBytes() {
  const given = process.argv.slice(2);
  const lost = given.findIndex((argument) => argument.includes('\ufffd') && !isGenuine(argument));
  if (lost >= 0) return `argument ${lost + 1} is not UTF-8, and paths must be: rename the file`;
  // The tender leaves relative paths to the kernel.
  if (__filename.endsWith('tender.js')) return undefined;
  const { realpathSync } = require('node:fs');
  try {
    const folder = realpathSync.native('.', { encoding: 'buffer' });
    if (Buffer.from(folder.toString()).equals(folder)) return undefined;
    return 'the path of the current folder is not UTF-8: run this from another folder';
  } catch {
    // There is none, or it is not readable: what needs it says so.
    return undefined;
  }
}

/** Whether the character itself was typed. */
function isGenuine(argument) {
  try {
    const line = require('node:fs').readFileSync('/proc/self/cmdline');
    return line.includes(Buffer.from(`\0${argument}\0`));
  } catch {
    return false;
  }
}

function isOld(version) {
  const [major, minor] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = MINIMUM.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

const lost = findLostBytes();
if (lost !== undefined) {
  process.stderr.write(`@COMMAND@: ${lost}\n`);
  process.exitCode = 64;
} else if (!isOld(process.versions.node)) {
  delete process.env[SOUGHT];
  void import('../cli/@COMMAND@');
} else {
  runOnOtherNode();
}
