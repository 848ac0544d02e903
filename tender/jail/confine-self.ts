// What a process gives up before it becomes another program that needs less: its user, its capabilities.
import { Arena } from '../native/arena.ts';
import { AT_FDCWD, PR_SET_NO_NEW_PRIVS, R_OK, RLIMIT_CORE, X_OK } from '../native/constants.ts';
import type { Libc } from '../native/libc.ts';
import { dropCapabilities, limit, NOBODY, namespaceFlags } from './confine.ts';
import { landlockVersion, readOnlyRuleset } from './landlock.ts';

/** (uid_t) -1 and (gid_t) -1: this id stays as it is. */
const SAME = -1;

/** What the process goes on to be. */
export interface NextProgram {
  readonly program: string;
  /** Files that it is going to read by their paths. */
  readonly files: readonly string[];
}

/**
 * Takes from this thread what the kernel lets it give up: its user if it is root, all capabilities, its network
 * and its System V objects, and by Landlock all but reading and executing files. To be followed by execve(2), from this thread:
 * what other threads have is lost there. What cannot be had is left out.
 * @returns the version of Landlock that holds it; 0 for none
 */
export function confineSelf(libc: Libc, next: NextProgram): number {
  const arena = new Arena(libc);
  libc.raw('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const steps = [
    limit(arena, RLIMIT_CORE, 0),
    { call: 'unshare', args: [namespaceFlags(['net'])] },
    { call: 'unshare', args: [namespaceFlags(['ipc'])] },
  ] as const;
  for (const { call, args } of steps) libc.raw(call, ...(args as [number]));
  const dropped = dropCapabilities(arena);
  // The bounding set takes a capability to be emptied.
  for (const { call, args } of dropped.boundingSet) libc.raw(call, ...(args as [number]));
  if (process.geteuid?.() === 0) becomeNobody(libc, arena, next);
  for (const { call, args } of dropped.capabilities) libc.raw(call, ...(args as [number]));
  const landlock = restrictToReading(libc);
  arena.release();
  return landlock;
}

/** Unless nobody may not read what is needed, or there is no such user in this namespace. */
function becomeNobody(libc: Libc, arena: Arena, { program, files }: NextProgram): void {
  const groups = process.getgroups?.() ?? [];
  if (libc.raw('setgroups', 0, 0) < 0) return;
  // faccessat(2) asks for the real user, who may be taken back.
  const isNobody =
    libc.raw('setresgid', NOBODY, SAME, SAME) === 0 &&
    libc.raw('setresuid', NOBODY, SAME, SAME) === 0;
  const mayRead = (file: string, mode: number) =>
    libc.raw('faccessat', AT_FDCWD, arena.text(file), mode) === 0;
  if (isNobody && mayRead(program, R_OK | X_OK) && files.every((file) => mayRead(file, R_OK))) {
    libc.call('setresgid', NOBODY, NOBODY, NOBODY);
    libc.call('setresuid', NOBODY, NOBODY, NOBODY);
    return;
  }
  libc.raw('setresuid', 0, SAME, SAME);
  libc.raw('setresgid', process.getegid?.() ?? 0, SAME, SAME);
  const list = arena.allot(groups.length * 4);
  new Uint32Array(list.buffer).set(groups);
  libc.raw('setgroups', groups.length, list.address);
}

function restrictToReading(libc: Libc): number {
  const version = landlockVersion(libc);
  if (version === 0) return 0;
  const ruleset = readOnlyRuleset(libc, version);
  const result = libc.raw('landlock_restrict_self', ruleset, 0);
  libc.raw('close', ruleset);
  return result === 0 ? version : 0;
}
