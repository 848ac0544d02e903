import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { Arena } from '../../tender/native/arena.ts';
import { ToolError } from '../base/errors.ts';
import { FILE_SYSTEM, mountAt } from './mount-table.ts';
import { loadKernel } from './open-fuse.ts';

const MNT_DETACH = 2;
const EPERM = 1;
const EBUSY = 16;

/**
 * Takes a mounted image away.
 * @param lazy where somebody uses it, it stays for those alone
 * @throws ToolError NO_INPUT if none is mounted there; UNAVAILABLE if somebody uses it, or it is another user's
 */
export function unmount(directory: string, lazy: boolean): void {
  if (directory === '') throw new ToolError('USAGE', 'the path of the folder is empty');
  const point = pointOf(directory);
  const entry = mountAt(point);
  if (entry === undefined)
    throw new ToolError('NO_INPUT', `${directory}: nothing is mounted there`);
  if (entry.type !== FILE_SYSTEM) {
    const words = `${directory}: not a docteur image but ${entry.type}; use umount`;
    throw new ToolError('NO_INPUT', words);
  }
  const libc = loadKernel();
  const arena = new Arena(libc);
  const result = libc.raw('umount2', arena.text(point), lazy ? MNT_DETACH : 0);
  arena.release();
  if (result === 0) return;
  if (result === -EBUSY) throw busy(point);
  if (result !== -EPERM) {
    const reason = getSystemErrorMap().get(result)?.[1] ?? `error ${-result}`;
    throw new ToolError('UNAVAILABLE', `cannot unmount ${point}: ${reason}`);
  }
  const args = ['-u', ...(lazy ? ['-z'] : []), '--', point];
  const { error, status, stderr } = spawnSync('fusermount3', args, { encoding: 'utf8' });
  if (status === 0) return;
  if (/busy/.test(stderr ?? '')) throw busy(point);
  const reason = error === undefined ? stderr.trim() : 'only root can, or fusermount3';
  throw new ToolError('UNAVAILABLE', `cannot unmount ${point}: ${reason}`);
}

/** The path without links. What stands there may answer nothing any more: only the folder above is asked. */
function pointOf(directory: string): string {
  const path = resolve(directory);
  if (mountAt(path) !== undefined) return path;
  try {
    return join(realpathSync(dirname(path)), path.slice(dirname(path).length));
  } catch {
    return path;
  }
}

function busy(point: string): ToolError {
  const users = usersOf(point);
  const by = users.length === 0 ? '' : ` by ${users.join(', ')}`;
  return new ToolError('UNAVAILABLE', `${point} is in use${by}; --lazy detaches it all the same`);
}

/** Processes that have something below a folder open, as far as this user may know. */
function usersOf(point: string): string[] {
  const isBelow = (path: string) => path === point || path.startsWith(`${point}/`);
  const users: string[] = [];
  for (const pid of attempt(() => readdirSync('/proc'))) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    const open = attempt(() => readdirSync(`/proc/${pid}/fd`)).map((fd) => `fd/${fd}`);
    const uses = ['cwd', 'root', 'exe', ...open].some((link) =>
      isBelow(attempt(() => [readlinkSync(`/proc/${pid}/${link}`)])[0] ?? ''),
    );
    if (uses) users.push(`process ${pid}`);
  }
  return users.slice(0, 5);
}

function attempt<Item>(call: () => Item[]): Item[] {
  try {
    return call();
  } catch {
    return [];
  }
}
