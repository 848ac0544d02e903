import { TenderError } from '../../../tender/base/errors.ts';
import { serveVhostUser, type VhostEvent } from '../../../tender/exports/vhost-user/server.ts';
import type { BackEndKind } from '../../../tender/exports/vhost-user/start-back-end.ts';
import { findNative } from '../../../tender/monitors/node/native.ts';
import type { Reporter } from './reporter.ts';
import type { ServedImage } from './served-image.ts';
import type { Serving } from './serving.ts';

/** What the command line says of virtual machines. */
export interface VhostOptions {
  readonly vhostUser?: readonly string[];
  readonly virtiofs?: readonly string[];
  readonly unsealed?: true;
}

/**
 * Makes an image a device of one virtual machine at a time: a disk, or a file system.
 * @throws {TenderError} (rejects)
 */
export async function serveToMachines(
  kind: BackEndKind,
  image: ServedImage,
  path: string,
  { unsealed }: VhostOptions,
  reporter: Reporter,
): Promise<Serving> {
  const { koffi, libc, missing } = findNative();
  if (libc === undefined) throw new TenderError(`no device for a virtual machine: ${missing}`);
  function onEvent(event: VhostEvent): void {
    if (event.event === 'restart') {
      reporter.tell(
        { ...event, path },
        `${path}: the device's process is started again (${event.message})`,
      );
    } else if (event.event === 'fault') {
      reporter.tell({ ...event, path }, `${path}: ${event.message}`);
    } else if (event.event === 'disconnect' && event.reason !== undefined) {
      reporter.tell({ ...event, path }, `${path}: ${event.reason}`);
    } else reporter.tell({ ...event, path });
  }
  const server = await serveVhostUser({
    libc,
    koffi,
    kind,
    path,
    image,
    commit: image.isPinned ? image.commit : undefined,
    unsealed: unsealed === true,
    onEvent,
  });
  const what = kind === 'fs' ? 'virtiofs' : 'vhost-user';
  reporter.tell({ event: 'listening', device: what, path, pid: server.pid }, `${what}: ${path}`);
  return {
    get clients() {
      return server.connected ? 1 : 0;
    },
    get bytes() {
      return server.bytes;
    },
    swap: ([other]) => {
      if (other !== undefined) server.swap(other);
    },
    async close() {
      server.close();
    },
  };
}
