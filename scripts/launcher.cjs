#!/usr/bin/env node
'use strict';
// Starts a command on Node 22.12 or newer. On an older one, the Node that the clone's own lockfile
// brings is used where it is installed; otherwise one line says what is needed. CommonJS, because
// Node starts that faster than a module.
const MINIMUM = '22.12';

/** Runs this launcher again, on the Node that the lockfile brings. */
function runOnOwnNode() {
  const { existsSync, realpathSync } = require('node:fs');
  const { dirname, join } = require('node:path');
  const here = dirname(realpathSync(__filename));
  const own = join(here, '..', '..', 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(own)) {
    const is = `this is ${process.version} (${process.execPath})`;
    process.stderr.write(`@COMMAND@: needs Node ${MINIMUM} or newer, ${is}\n`);
    process.exitCode = 1;
    return;
  }
  const { spawn } = require('node:child_process');
  // What the child hides of its arguments (a password) must not stay visible in ours.
  process.title = '@COMMAND@';
  const child = spawn(own, [__filename, ...process.argv.slice(2)], { stdio: 'inherit' });
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
  if (lost >= 0)
    return `argument ${lost + 1} is not UTF-8, and paths must be: give it another name`;
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

function isOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = MINIMUM.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

const lost = findLostBytes();
if (lost !== undefined) {
  process.stderr.write(`@COMMAND@: ${lost}\n`);
  process.exitCode = 64;
} else if (!isOldNode()) {
  void import('../cli/@COMMAND@');
} else {
  runOnOwnNode();
}
