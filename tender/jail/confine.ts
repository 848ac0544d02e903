// What a guest's process gives up before it becomes Node: its user, its capabilities, its namespaces.
import { existsSync } from 'node:fs';
import { Arena } from '../native/arena.ts';
import {
  AT_FDCWD,
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAPBSET_DROP,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  R_OK,
  RLIMIT_CORE,
  RLIMIT_CPU,
  SIGKILL,
  X_OK,
} from '../native/constants.ts';
import { launch, type Step } from '../native/launch.ts';
import { type Libc, SyscallError } from '../native/libc.ts';
import { landlockVersion, readOnlyRuleset } from './landlock.ts';
import type { Walls } from './walls.ts';

/** By the names of /proc/self/ns, to the flags of clone(2). */
const NAMESPACES: Readonly<Record<string, number>> = {
  user: 0x10000000,
  pid: 0x20000000,
  net: 0x40000000,
  ipc: 0x08000000,
  mnt: 0x00020000,
  uts: 0x04000000,
  cgroup: 0x02000000,
};
/** Nobody, as the kernel itself calls users that it has no name for. */
export const NOBODY = 65534;
/** More than there are capabilities. */
const CAPABILITIES = 64;
const CAPABILITY_VERSION_3 = 0x20080522n;

/** What the confinement must leave possible, and bound. */
export interface ConfineOptions {
  /** The program that the process will execute. */
  readonly program: string;
  /** Files that it will read. */
  readonly files: readonly string[];
  /** Of processor time; 0 for no bound. */
  readonly cpuSeconds: number;
}

/** One way to confine a process: some of it the kernel may refuse. */
interface Attempt {
  /** Namespaces that the process is born into. */
  readonly born: readonly string[];
  /** Namespaces that it moves to, once it has another user. */
  readonly moved: readonly string[];
  readonly user: boolean;
}

/** A confinement, for `spawn`; `walls` tells what the results say. */
export interface Confinement {
  readonly flags: number;
  readonly steps: readonly Step[];
  walls(results: readonly (number | undefined)[]): Walls;
}

/** Of clone(2) and unshare(2), by the names of /proc/self/ns. */
export function namespaceFlags(names: readonly string[]): number {
  return names.reduce((flags, name) => flags | (NAMESPACES[name] ?? 0), 0);
}

/** From the tightest to the loosest; each is tried only after the kernel refused the one before. */
function* attempts(root: boolean): Generator<Attempt, void, 'files' | 'namespaces'> {
  const all = Object.keys(NAMESPACES);
  const rest = all.filter((name) => name !== 'user');
  // Root keeps its files' owner in a new user namespace: it changes its user first.
  const ways = root
    ? [
        { born: rest, moved: ['user'] },
        { born: [], moved: all.filter((name) => name !== 'pid') },
      ]
    : [
        { born: all, moved: [] },
        { born: ['user'], moved: [] },
      ];
  let user = root;
  let here = (names: readonly string[]) => names;
  for (const way of [...ways.slice(0, 1), ...ways, { born: [], moved: [] }]) {
    for (;;) {
      const refused = yield { born: here(way.born), moved: here(way.moved), user };
      if (refused === 'namespaces') break;
      // The user nobody may not read what the process needs.
      user = false;
    }
    here = (names) => names.filter((name) => existsSync(`/proc/self/ns/${name}`));
  }
}

function dropBoundingSet(): Step[] {
  return Array.from({ length: CAPABILITIES }, (_, capability) => ({
    call: 'prctl',
    args: [PR_CAPBSET_DROP, capability, 0, 0, 0],
  }));
}

/** Whether no capability can be regained, by the results of the last {@link dropBoundingSet}. */
function isDropped(results: readonly (number | undefined)[]): boolean {
  const EINVAL = -22;
  return results[0] === 0 && results.every((result) => result === 0 || result === EINVAL);
}

/** How a thread gives up its capabilities, in the order in which that works. */
export function dropCapabilities(arena: Arena) {
  const header = arena.words([CAPABILITY_VERSION_3]);
  return {
    /** Takes a capability itself. */
    boundingSet: dropBoundingSet(),
    capabilities: [
      { call: 'prctl', args: [PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0] },
      { call: 'capset', args: [header, arena.allot(24).address] },
    ] satisfies Step[],
  };
}

/** A limit of this process, soft and hard. */
export function limit(arena: Arena, resource: number, value: number): Step {
  const pair = arena.words([BigInt(value), BigInt(value)]);
  return { call: 'prlimit64', args: [0, resource, pair, 0], required: true };
}

function access(arena: Arena, file: string, mode: number): Step {
  return { call: 'faccessat', args: [AT_FDCWD, arena.text(file), mode], required: true };
}

function confinement(
  arena: Arena,
  { born, moved, user }: Attempt,
  { program, files, cpuSeconds }: ConfineOptions,
  landlock: { readonly version: number; readonly ruleset: number },
): Confinement {
  const steps: Step[] = [];
  const add = (...more: Step[]) => steps.push(...more) - 1;
  add({ call: 'prctl', args: [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], required: true });
  add(limit(arena, RLIMIT_CORE, 0));
  if (cpuSeconds > 0) add(limit(arena, RLIMIT_CPU, cpuSeconds));
  if (user) {
    add(...dropBoundingSet());
    add({ call: 'setgroups', args: [0, 0] });
    add({ call: 'setresgid', args: [NOBODY, NOBODY, NOBODY] });
  }
  const userStep = user ? add({ call: 'setresuid', args: [NOBODY, NOBODY, NOBODY] }) : -1;
  if (user) {
    add(access(arena, program, R_OK | X_OK));
    for (const file of files) add(access(arena, file, R_OK));
  }
  const moveStep = moved.length > 0 ? add({ call: 'unshare', args: [namespaceFlags(moved)] }) : -1;
  // A new user namespace comes with all of them.
  const dropped = dropCapabilities(arena);
  const lastDrop = add(...dropped.boundingSet);
  const capabilityStep = add(...dropped.capabilities);
  add(DIE_WITH_PARENT);
  const landlockStep =
    landlock.version > 0
      ? add({ call: 'landlock_restrict_self', args: [landlock.ruleset, 0] })
      : -1;

  return {
    flags: namespaceFlags(born),
    steps,
    walls(results) {
      const stands = (step: number) => step >= 0 && results[step] === 0;
      const had = [...born, ...(stands(moveStep) ? moved : [])];
      const drops = results.slice(lastDrop - CAPABILITIES + 1, lastDrop + 1);
      return {
        user: stands(userStep) ? NOBODY : undefined,
        namespaces: Object.keys(NAMESPACES).map((name) => [name, had.includes(name)]),
        capabilities: stands(capabilityStep),
        boundingSet: isDropped(drops),
        landlock: stands(landlockStep) ? landlock.version : 0,
      };
    },
  };
}

/**
 * The process ends with its parent, however that ends. The kernel drops this setting when a process changes its
 * user.
 */
const DIE_WITH_PARENT: Step = {
  call: 'prctl',
  args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0],
  required: true,
};

/**
 * The steps of a process that is to reach the network: no capabilities, and the files that a ruleset of Landlock
 * grants.
 * @param ruleset see `networkRuleset`; absent where there is none
 */
export function networkSteps(arena: Arena, ruleset: number | undefined): Step[] {
  const { boundingSet, capabilities } = dropCapabilities(arena);
  const restrict = {
    call: 'landlock_restrict_self',
    args: [ruleset ?? -1, 0],
    required: true,
  } as const;
  return [
    { call: 'prctl', args: [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], required: true },
    limit(arena, RLIMIT_CORE, 0),
    ...boundingSet,
    ...capabilities,
    DIE_WITH_PARENT,
    ...(ruleset === undefined ? [] : [restrict]),
  ];
}

/** The steps of a process that keeps its rights. */
export function unconfinedSteps(arena: Arena, cpuSeconds: number): Step[] {
  const bound = cpuSeconds > 0 ? [limit(arena, RLIMIT_CPU, cpuSeconds)] : [];
  return [...bound, DIE_WITH_PARENT];
}

/**
 * Starts a process in the tightest confinement that the kernel grants. `start` is called with looser ones until
 * it succeeds.
 * @throws {SyscallError} if even the loosest is refused
 */
export function startConfined<P extends { readonly results: readonly (number | undefined)[] }>(
  libc: Libc,
  options: ConfineOptions,
  start: (confinement: Confinement) => P,
): P & { readonly walls: Walls } {
  const arena = new Arena(libc);
  const version = landlockVersion(libc);
  const landlock = { version, ruleset: version > 0 ? readOnlyRuleset(libc, version) : -1 };
  const ways = attempts(process.geteuid?.() === 0);
  try {
    let refusal: 'files' | 'namespaces' = 'namespaces';
    let failure: unknown;
    for (let way = ways.next(); way.done !== true; way = ways.next(refusal)) {
      const confined = confinement(arena, way.value, options, landlock);
      try {
        const started = start(confined);
        return { ...started, walls: confined.walls(started.results) };
      } catch (error) {
        failure = error;
        if (!(error instanceof SyscallError)) throw error;
        if (error.call === 'faccessat') refusal = 'files';
        else if (error.call === 'clone') refusal = 'namespaces';
        else throw error;
      }
    }
    throw failure;
  } finally {
    if (landlock.ruleset >= 0) libc.raw('close', landlock.ruleset);
    arena.release();
  }
}

/** What would be taken from a guest's process here: one is confined, and ends. @throws {SyscallError} */
export function probeWalls(libc: Libc, program: string, files: readonly string[]): Walls {
  const start = ({ flags, steps }: Confinement) => {
    const launched = launch(libc, flags, [...steps, { call: 'exit_group', args: [0] }]);
    libc.raw('wait4', launched.pid, 0, 0, 0);
    return launched;
  };
  return startConfined(libc, { program, files, cpuSeconds: 0 }, start).walls;
}
