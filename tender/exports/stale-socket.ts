import { lstatSync, type Stats, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';

/**
 * Removes a unix socket that nobody listens at any more: a server that was killed left it.
 * @throws {TenderError} (rejects) where somebody does, something else stands there, or nothing can
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const stats = whatIsAt(path);
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

function whatIsAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new TenderError(`cannot listen at ${path}: ${errnoText(error)}`);
  }
}
