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
const WRITE_FILE = 2n;
const READ_FILE = 4n;
const READ_DIR = 8n;
const READ = EXECUTE | READ_FILE | READ_DIR;
/** From version 8 on: the ruleset applies to all threads at once. */
const RESTRICT_SELF_TSYNC = 8;

/** The version of Landlock that the kernel has; 0 for none. */
export function landlockVersion(libc: Libc): number {
  return Math.max(0, libc.raw('landlock_create_ruleset', 0, 0, CREATE_RULESET_VERSION));
}

/** All rights to files that this version knows. */
function fileRights(version: number): bigint {
  const rights = FIRST_RIGHTS + MORE_RIGHTS.filter((from) => version >= from).length;
  return (1n << BigInt(rights)) - 1n;
}

/**
 * A ruleset that refuses all that this version can refuse: its descriptor.
 * @param net which rights to TCP are refused
 * @throws {SyscallError}
 */
function createRuleset(libc: Libc, arena: Arena, version: number, net = NET_RIGHTS): number {
  const words = [fileRights(version)];
  if (version >= 4) words.push(net);
  if (version >= 6) words.push(SCOPES);
  return libc.call('landlock_create_ruleset', arena.words(words), words.length * 8, 0);
}

/** Grants rights to what is at `path`, and below; what is not there is left out. @throws {SyscallError} */
function grant(libc: Libc, arena: Arena, ruleset: number, path: string, rights: bigint): void {
  const place = libc.raw('openat', AT_FDCWD, arena.text(path), O_PATH | O_CLOEXEC, 0);
  if (place < 0) return;
  // struct landlock_path_beneath_attr, packed: u64 rights, i32 descriptor.
  const rule = arena.words([rights, BigInt(place)]);
  const result = libc.raw('landlock_add_rule', ruleset, RULE_PATH_BENEATH, rule, 0);
  libc.raw('close', place);
  if (result < 0) throw new SyscallError('landlock_add_rule', -result);
}

/**
 * A ruleset for a whole process that is still to be started: what is a file may be read and executed,
 * nothing more. @returns its descriptor @throws {SyscallError}
 */
export function readOnlyRuleset(libc: Libc, version: number): number {
  const arena = new Arena(libc);
  const ruleset = createRuleset(libc, arena, version);
  grant(libc, arena, ruleset, '/', READ);
  arena.release();
  return ruleset;
}

/** What a process with a network may do with files. Folders stand for all that is below them. */
export interface FileGrants {
  /** Folders to be read. */
  readonly folders: readonly string[];
  /** Files to be read. */
  readonly files: readonly string[];
  /** Folders of its own. */
  readonly own: readonly string[];
}

/**
 * A ruleset for a process that is still to be started, and that is to reach the network: the files that are
 * named, and no others. @returns its descriptor @throws {SyscallError}
 */
export function networkRuleset(libc: Libc, version: number, grants: FileGrants): number {
  const arena = new Arena(libc);
  const ruleset = createRuleset(libc, arena, version, 0n);
  for (const path of grants.folders) grant(libc, arena, ruleset, path, READ);
  for (const path of grants.files) grant(libc, arena, ruleset, path, EXECUTE | READ_FILE);
  for (const path of grants.own) grant(libc, arena, ruleset, path, fileRights(version));
  grant(libc, arena, ruleset, '/dev/null', READ_FILE | WRITE_FILE);
  arena.release();
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
