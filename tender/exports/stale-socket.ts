import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { TenderError } from '../base/errors.ts';

/**
 * Removes a unix socket that nobody listens at any more: a server that was killed left it.
 * @throws {TenderError} (rejects) where somebody does, or something else stands there
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new TenderError(`${path}: exists, and is not a socket`);
  const dead = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (!dead) throw new TenderError(`${path}: another server listens there`);
  unlinkSync(path);
}
