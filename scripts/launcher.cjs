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

function isOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = MINIMUM.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

if (!isOldNode()) {
  void import('../cli/@COMMAND@');
} else {
  runOnOwnNode();
}
