#!/usr/bin/env node
// Starts a command on Node 22 or newer. On an older one, the Node that the clone's own lockfile
// brings is used where it is installed; otherwise one line says what is needed.
const MINIMUM = 22;
if (Number.parseInt(process.versions.node, 10) >= MINIMUM) {
  await import('../cli/@COMMAND@.js');
} else {
  const { existsSync, realpathSync } = await import('node:fs');
  const { dirname, join } = await import('node:path');
  const { fileURLToPath } = await import('node:url');
  const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
  const own = join(here, '..', '..', 'node_modules', 'node', 'bin', 'node');
  if (existsSync(own)) {
    const { spawn } = await import('node:child_process');
    // What the child hides of its arguments (a password) must not stay visible in ours.
    process.title = '@COMMAND@';
    const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => child.kill(signal));
    }
    child.on('exit', (code, signal) => {
      if (signal === null) process.exit(code);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  } else {
    process.stderr.write(
      `@COMMAND@: needs Node ${MINIMUM} or newer, this is ${process.version} (${process.execPath})\n`,
    );
    process.exitCode = 1;
  }
}
