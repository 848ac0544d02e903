import { Arena } from '../native/arena.ts';
import { AT_FDCWD, O_CLOEXEC, O_PATH } from '../native/constants.ts';
import { type Libc, SyscallError } from '../native/libc.ts';

// Of <linux/landlock.h>: the rights that each version of the interface added.
const FIRST_RIGHTS = 13;
/** Versions 2, 3 and 5 added one each: REFER, TRUNCATE, IOCTL_DEV. */
const MORE_RIGHTS = [2, 3, 5];
/** From version 4 on: to bind and to connect TCP. */
const NET_RIGHTS = 3n;
/** From version 6 on: abstract sockets, signals. */
const SCOPES = 3n;
const CREATE_RULESET_VERSION = 1;
const RULE_PATH_BENEATH = 1;
const EXECUTE = 1n;
const READ_FILE = 4n;
const READ_DIR = 8n;
/** From version 8 on: the ruleset applies to all threads at once. */
const RESTRICT_SELF_TSYNC = 8;

/** The version of Landlock that the kernel has; 0 for none. */
export function landlockVersion(libc: Libc): number {
  return Math.max(0, libc.raw('landlock_create_ruleset', 0, 0, CREATE_RULESET_VERSION));
}

/** A ruleset that refuses all that this version can refuse: its descriptor. @throws {SyscallError} */
function createRuleset(libc: Libc, arena: Arena, version: number): number {
  const rights = FIRST_RIGHTS + MORE_RIGHTS.filter((from) => version >= from).length;
  const words = [(1n << BigInt(rights)) - 1n];
  if (version >= 4) words.push(NET_RIGHTS);
  if (version >= 6) words.push(SCOPES);
  return libc.call('landlock_create_ruleset', arena.words(words), words.length * 8, 0);
}

/**
 * A ruleset for a whole process that is still to be started: what is a file may be read and executed,
 * nothing more. @returns its descriptor @throws {SyscallError}
 */
export function readOnlyRuleset(libc: Libc, version: number): number {
  const arena = new Arena(libc);
  const ruleset = createRuleset(libc, arena, version);
  const root = libc.call('openat', AT_FDCWD, arena.text('/'), O_PATH | O_CLOEXEC, 0);
  // struct landlock_path_beneath_attr, packed: u64 rights, i32 descriptor.
  const rule = arena.words([EXECUTE | READ_FILE | READ_DIR, BigInt(root)]);
  const result = libc.raw('landlock_add_rule', ruleset, RULE_PATH_BENEATH, rule, 0);
  libc.raw('close', root);
  arena.release();
  if (result < 0) throw new SyscallError('landlock_add_rule', -result);
  return ruleset;
}

/** Takes the last rights from this thread, and from all threads where the kernel can. @throws {SyscallError} */
export function takeAllRights(libc: Libc, version: number): void {
  const arena = new Arena(libc);
  const ruleset = createRuleset(libc, arena, version);
  const flags = version >= 8 ? RESTRICT_SELF_TSYNC : 0;
  libc.call('landlock_restrict_self', ruleset, flags);
  libc.call('close', ruleset);
  arena.release();
}
