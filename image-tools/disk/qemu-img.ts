import { ExecaError, execa } from 'execa';
import { describeSystemError, ToolError } from '../base/errors.ts';
import type { Janitor } from '../files/janitor.ts';

/**
 * Runs qemu-img and gives its stdout. Paths in `args` must be absolute: a relative one could be
 * taken for a protocol. If we die, `janitor` ends it.
 * @throws ToolError UNAVAILABLE if it is not installed, IO if it fails
 */
export async function runQemuImg(args: readonly string[], janitor: Janitor): Promise<string> {
  try {
    const env = janitor.environment;
    const child = execa('qemu-img', args, { env, stdin: 'ignore', detached: true });
    janitor.watchGroup(child.pid);
    return (await child).stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      const hint = 'qemu-img is needed for any format but raw: install it';
      throw new ToolError('UNAVAILABLE', `${hint} (Debian: apt-get install qemu-utils)`, error);
    }
    if (error.exitCode === undefined && error.signal === undefined) {
      const words = `cannot run qemu-img: ${describeSystemError(error.cause)}`;
      throw new ToolError('IO', words, error);
    }
    const words = String(error.stderr).trim() || error.shortMessage;
    throw new ToolError('IO', words.split('\n').at(-1) as string, error);
  } finally {
    janitor.watchGroup(undefined);
  }
}
