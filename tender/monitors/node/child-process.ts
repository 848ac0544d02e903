import { openSync, readdirSync, readFileSync } from 'node:fs';
import { O_CLOEXEC } from '../../native/constants.ts';

/** Descriptors 0 to 3 are the child's by design; see `stdio` where it is spawned. */
const FIRST_OTHER_FD = 4;

/**
 * The descriptors that a child of this process inherits although nobody meant it to: whoever
 * started this one left them open. What Node opens itself closes on exec.
 */
export function strayFds(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd >= FIRST_OTHER_FD && isInherited(fd));
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return (Number.parseInt(flags ?? '0', 8) & O_CLOEXEC) === 0;
  } catch {
    // The one that listed the folder is closed by now.
    return false;
  }
}

/** Bytes of data segment that a process uses; 0 where the system does not tell. */
export function dataBytes(pid: number): number {
  const kilobytes = /^VmData:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** Opens a memory file that a child has open, here. */
export function openMemoryFile(pid: number, fd: number): number {
  return openSync(`/proc/${pid}/fd/${fd}`, 'r+');
}
