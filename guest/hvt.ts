// The target of guests that the tender runs.
import type { App, Host } from './app.ts';
import { openBlock } from './block.ts';
import { runApp } from './run-app.ts';
import {
  blockDevices,
  commandLine,
  consoleWrite,
  exit,
  hostSha1,
  log,
  markPhase,
} from './solo5.ts';

const host: Host = {
  arguments: commandLine(),
  openDisk: () => openBlock(blockDevices()[0] ?? ''),
  newHash: hostSha1(),
  write: consoleWrite,
  complain: log,
  mark: markPhase,
};

/** Runs an app as the whole of a guest. */
export function run(app: App): never {
  return exit(runApp(app, host));
}
