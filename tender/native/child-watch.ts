import type { Libc } from './libc.ts';

const WNOHANG = 1;
/** Of struct rusage, which begins with the times in user and system mode: seconds, microseconds. */
const RUSAGE_BYTES = 144;
/** Signals say when to look. Worker threads get none, and look this often. */
const INTERVAL_MS = 200;

/** What wait(2) reports of a child. */
export interface ChildNews {
  /** Its status word. */
  readonly word: number;
  /** Processor time that it used. */
  readonly cpuSeconds: number;
}

interface Child {
  readonly libc: Libc;
  /** Called at each stop, and at the end. */
  readonly tell: (news: ChildNews) => void;
}

const children = new Map<number, Child>();
let timer: NodeJS.Timeout | undefined;

/** Whether a status word is that of a stopped child. */
export function isStop(word: number): boolean {
  return (word & 0xff) === 0x7f;
}

/** Checks one child, without waiting. */
function look(libc: Libc, pid: number): ChildNews | undefined {
  const status = new Int32Array(new ArrayBuffer(4));
  const usage = new BigInt64Array(new ArrayBuffer(RUSAGE_BYTES));
  const options = [libc.address(status.buffer), WNOHANG, libc.address(usage.buffer)] as const;
  if (libc.raw('wait4', pid, ...options) !== pid) return undefined;
  const [user = 0n, userMicros = 0n, system = 0n, systemMicros = 0n] = usage;
  const cpuSeconds = Number(user + system) + Number(userMicros + systemMicros) / 1e6;
  return { word: status[0] as number, cpuSeconds };
}

function lookAtAll(): void {
  for (const [pid, { libc, tell }] of children) {
    for (let news = look(libc, pid); news !== undefined; news = look(libc, pid)) {
      if (!isStop(news.word)) children.delete(pid);
      tell(news);
    }
  }
  if (children.size > 0 || timer === undefined) return;
  clearInterval(timer);
  timer = undefined;
  process.off('SIGCHLD', lookAtAll);
}

/**
 * Watches a child process of this thread by its signal: no thread waits. This process does not end before the
 * child.
 */
export function watchChild(libc: Libc, pid: number, tell: (news: ChildNews) => void): void {
  children.set(pid, { libc, tell });
  if (timer === undefined) {
    timer = setInterval(lookAtAll, INTERVAL_MS);
    process.on('SIGCHLD', lookAtAll);
  }
  // Earlier events send no more signals.
  setImmediate(lookAtAll);
}
