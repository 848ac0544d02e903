// The target of guests that the tender runs.
import type { App, Host } from '../app/app.ts';
import { dataBytes } from '../app/data-bytes.ts';
import { createDisks } from '../app/disks.ts';
import { runApp } from '../app/run-app.ts';
import { openBlock } from '../machine/block.ts';
import {
  blockDevices,
  calls,
  commandLine,
  consoleWrite,
  exit,
  hostSha1,
  log,
  markPhase,
} from '../machine/this-machine.ts';

const host: Host = {
  arguments: commandLine(),
  disks: blockDevices(),
  openDisk: createDisks(blockDevices(), (name) => openBlock(calls, name)),
  newHash: hostSha1(),
  write: (data) => consoleWrite(dataBytes(data)),
  complain: log,
  mark: markPhase,
};

/** Runs an app as the whole of a guest. */
export function run(app: App): never {
  return exit(runApp(app, host));
}
