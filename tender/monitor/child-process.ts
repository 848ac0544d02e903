import { openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Descriptors 0 to 3 are the child's by design; see `stdio` where it is spawned. */
const FIRST_OTHER_FD = 4;
/** Node's own descriptors lead to nothing outside. */
const OWN = /^anon_inode:|^pipe:/;

/**
 * The descriptors that a child inherited although nobody meant it to: whoever started the tender
 * left them open. Pipes count as Node's own where nobody but the child has them.
 */
export function strayFds(pid: number, keep: number | undefined): number[] {
  const own = new Set(readdirSync('/proc/self/fd').map((fd) => readlinkOf('self', fd)));
  return readdirSync(`/proc/${pid}/fd`)
    .filter((fd) => Number(fd) >= FIRST_OTHER_FD && Number(fd) !== keep)
    .filter((fd) => {
      const target = readlinkOf(String(pid), fd);
      return target !== undefined && (!OWN.test(target) || isShared(target, own));
    })
    .map(Number);
}

/** A pipe that this process has too is none that the child made for itself. */
function isShared(target: string, own: ReadonlySet<string | undefined>): boolean {
  return target.startsWith('pipe:') && own.has(target);
}

function readlinkOf(process: string, fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/fd/${fd}`);
  } catch {
    return undefined;
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
