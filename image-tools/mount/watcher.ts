import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Libc } from '../../tender/native/libc.ts';
import { socketPair } from '../../tender/native/socket-pair.ts';
import { ToolError } from '../base/errors.ts';

/**
 * A shell that outlives the server: the kernel closes its stdin however the server ends, and it takes the mount
 * away, so that nothing of it hangs. It has the rights that the server gave up, and also unmounts when it is asked
 * to. It reads `device MAJOR:MINOR` once there is a mount, then `unmount` or `detach`, each of which it answers
 * with a line, and `done` at the end.
 */
const SCRIPT = `
trap '' HUP INT TERM PIPE
device=
finished=
take_away() {
  umount $1 -- "$2" 2>/dev/null || fusermount3 -u $3 -- "$2" 2>/dev/null
}
each_mount() {
  status=1
  table=$(cat /proc/self/mountinfo)
  while read -r _ _ number _ point _; do
    [ "$number" = "$device" ] || continue
    take_away "$1" "$(printf '%b' "$point")" "$2" && status=0
  done <<END
$table
END
  return $status
}
while read -r verb word; do
  case $verb in
    device) device=$word ;;
    unmount) if each_mount '' ''; then echo unmounted; else echo busy; fi ;;
    detach) each_mount -l -z; echo detached ;;
    done) finished=1 ;;
  esac
done
[ -z "$finished" ] || exit 0
if [ -n "$device" ]; then
  each_mount -l -z
elif [ ! -d "$1" ]; then
  take_away -l "$1" -z
fi`;

/**
 * Starts to watch over a mount that is yet to be made on `directory`: it must not outlive this process as one that
 * answers nothing.
 * @returns a socket that the shell reads from and answers on; it belongs to the caller
 * @throws ToolError UNAVAILABLE where there is no shell (rejects)
 */
export async function startWatcher(libc: Libc, directory: string): Promise<number> {
  const [ours, theirs] = socketPair(libc);
  try {
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', directory], {
      stdio: [theirs, theirs, 'ignore'],
      // A terminal's signals are for the server.
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    await once(shell, 'spawn');
    shell.unref();
    return ours;
  } catch (error) {
    closeSync(ours);
    throw new ToolError('UNAVAILABLE', `mounting needs /bin/sh: ${(error as Error).message}`);
  } finally {
    closeSync(theirs);
  }
}
