import type { Mutant } from '../fixtures/mutant.ts';

const FILTER = ['test/unit/tender/jail/filter.test.ts'];
const SYSCALLS = ['test/e2e/wall-syscalls.test.ts'];
const MEMORY = ['test/e2e/wall-memory.test.ts'];
const RIGHTS = ['test/e2e/wall-privileges.test.ts'];
const LANDLOCK = ['test/unit/tender/jail/landlock.test.ts'];
const SEALS = ['test/unit/tender/native/shared-memory.test.ts'];
const EMBEDDED = ['test/e2e/embedded-tender.test.ts'];
const FAULTS = ['test/e2e/faults-tender.test.ts'];

const filter = (name: string, find: string, replace: string): Mutant => ({
  name: `filter: ${name}`,
  file: 'tender/jail/filter.ts',
  find,
  replace,
  tests: FILTER,
});
const rights = (name: string, find: string, replace: string): Mutant => ({
  name: `rights: ${name}`,
  file: 'tender/jail/confine.ts',
  find,
  replace,
  tests: RIGHTS,
});
const limits = (name: string, find: string, replace: string, tests: string[]): Mutant => ({
  name: `limits: ${name}`,
  file: 'tender/jail/limits.ts',
  find,
  replace,
  tests,
});

/** What the kernel takes from a guest's process, and what the tender takes from a guest. */
export const mutants: Mutant[] = [
  filter(
    'who sleeps on a word may be moved',
    'const operations = [FUTEX_WAIT,',
    'const operations = [FUTEX_REQUEUE, FUTEX_WAIT,',
  ),
  filter(
    'on musl, also those of other processes',
    'FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG',
    'FUTEX_REQUEUE',
  ),
  filter(
    'mappings of any flags',
    '...onlyBits(2, PROTECTIONS), ...onlyBits(3, MAPPING_FLAGS), ...PRIVATE',
    '...onlyBits(2, PROTECTIONS), argument(3), ...PRIVATE',
  ),
  filter(
    'mappings of files',
    "block('any bit', MAP_PRIVATE, block('any bit', MAP_ANONYMOUS, [ALLOW]))",
    "block('any bit', MAP_PRIVATE, [ALLOW])",
  ),
  filter(
    'mappings that are not private',
    "block('any bit', MAP_PRIVATE, block('any bit', MAP_ANONYMOUS, [ALLOW]))",
    "block('any bit', MAP_ANONYMOUS, [ALLOW])",
  ),
  filter(
    'mappings of any protection',
    '...onlyBits(2, PROTECTIONS), ...onlyBits(3, MAPPING_FLAGS), ...PRIVATE',
    '...onlyBits(3, MAPPING_FLAGS), ...PRIVATE',
  ),
  filter(
    'protection that grows',
    'const protect = [...onlyBits(2, PROTECTIONS), ALLOW];',
    'const protect = [ALLOW];',
  ),
  filter(
    'half of an argument',
    "    load(ARGUMENTS + index * 8 + 4),\n    ...requireElse('equal', 0, RET_EPERM),\n",
    '',
  ),
  filter(
    'advice that poisons',
    'MADV_DONTNEED, MADV_FREE, MADV_DONTFORK]',
    'MADV_DONTNEED, 100, MADV_FREE, MADV_DONTFORK]',
  ),
  filter('the console is read from', 'const FIRST_OWN_FD = 3;', 'const FIRST_OWN_FD = 1;'),
  filter('memory is moved as it likes', 'onlyBits(3, MREMAP_MAYMOVE)', 'onlyBits(3, 7)'),
  filter(
    'all processors are interrupted',
    'MEMBARRIER_OPERATIONS = [0,',
    'MEMBARRIER_OPERATIONS = [0, 1,',
  ),
  filter(
    'schedules of others',
    'const ofItself = oneOf(0, [0, pid]);',
    'const ofItself = [ALLOW];',
  ),
  filter('signals for others', "...block('equal', pid, [ALLOW]), KILL_PROCESS]", 'ALLOW]'),
  filter(
    'calls of other architectures',
    "...requireElse('equal', table.auditArch, RET_KILL_PROCESS)",
    "...requireElse('at least', 0, RET_KILL_PROCESS)",
  ),
  filter(
    "calls by x32's numbers",
    "block('at least', X32_BIT, [KILL_PROCESS])",
    "block('at least', 0xffffffff, [KILL_PROCESS])",
  ),
  {
    name: 'filter: messages may be sent',
    file: 'tender/jail/syscall-policy.ts',
    find: "  'sendto',\n",
    replace: '',
    tests: SYSCALLS,
  },
  {
    name: 'filter: processes may be made',
    file: 'tender/jail/syscall-policy.ts',
    find: "  'write',\n",
    replace: "  'write',\n  'clone3',\n  'clone',\n",
    tests: SYSCALLS,
  },
  {
    name: 'filter: one thread alone',
    file: 'tender/jail/install.ts',
    find: 'SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, address',
    replace: 'SECCOMP_SET_MODE_FILTER, 0 * SECCOMP_FILTER_FLAG_TSYNC, address',
    tests: RIGHTS,
  },
  {
    name: 'rights: dumpable',
    file: 'tender/jail/install.ts',
    find: 'PR_SET_DUMPABLE, 0, 0, 0, 0);\n  if (landlock > 0)',
    replace: 'PR_SET_DUMPABLE, 1, 0, 0, 0);\n  if (landlock > 0)',
    tests: RIGHTS,
  },
  {
    name: 'rights: Landlock keeps the last ones',
    file: 'tender/jail/install.ts',
    find: 'if (landlock > 0) takeAllRights',
    replace: 'if (landlock < 0) takeAllRights',
    tests: RIGHTS,
    why: 'the filter lets nothing through that Landlock would refuse; takeAllRights itself is tested alone',
  },
  rights(
    'a core is written',
    'add(limit(arena, RLIMIT_CORE, 0))',
    'add(limit(arena, RLIMIT_CORE, 4096))',
  ),
  rights('time has no bound', 'if (cpuSeconds > 0) add', 'if (cpuSeconds < 0) add'),
  rights('capabilities', "{ call: 'capset'", "{ call: 'prctl'"),
  rights('a part of the bounding set', 'const CAPABILITIES = 64;', 'const CAPABILITIES = 30;'),
  rights(
    "root's id",
    "add({ call: 'setresuid', args: [NOBODY",
    "add({ call: 'setresuid', args: [-1",
  ),
  rights(
    "root's group",
    "add({ call: 'setresgid', args: [NOBODY",
    "add({ call: 'setresgid', args: [-1",
  ),
  rights("root's other groups", "add({ call: 'setgroups', args: [0, 0] });", ''),
  rights('namespaces', 'flags: namespaceFlags(born)', 'flags: 0'),
  rights("root's user namespace", 'args: [namespaceFlags(moved)]', 'args: [0]'),
  rights(
    'Landlock',
    "{ call: 'landlock_restrict_self', args: [landlock.ruleset, 0] }",
    "{ call: 'setsid', args: [] }",
  ),
  {
    name: 'rights: a guest outlives its tender',
    file: 'tender/jail/confine.ts',
    find: 'args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0]',
    replace: 'args: [PR_SET_PDEATHSIG, 0 * SIGKILL, 0, 0, 0]',
    tests: FAULTS,
  },
  {
    name: 'rights: a runtime waits for a tender that is gone',
    file: 'tender/monitors/node/runtime/channel.ts',
    find: 'if (count === 0) throw',
    replace: 'if (count < 0) throw',
    tests: RIGHTS,
  },
  {
    name: 'rights: descriptors of others',
    file: 'tender/native/spawn.ts',
    find: '      ...closeOthers(libc, given.length + 1),\n',
    replace: '',
    tests: RIGHTS,
  },
  {
    name: 'rights: Landlock lets files be written',
    file: 'tender/jail/landlock.ts',
    find: "grant(libc, arena, ruleset, '/', READ);",
    replace: "grant(libc, arena, ruleset, '/', READ | WRITE_FILE);",
    tests: LANDLOCK,
  },
  {
    name: 'rights: Landlock leaves the network',
    file: 'tender/jail/landlock.ts',
    find: 'if (version >= 4) words.push(net);',
    replace: 'if (version >= 4) words.push(0n);',
    tests: LANDLOCK,
  },
  limits('memory', '  limit(libc, RLIMIT_DATA,', '  limit(libc, RLIMIT_SIGPENDING,', MEMORY),
  limits('tables of pages', '  limit(libc, RLIMIT_AS,', '  limit(libc, RLIMIT_SIGPENDING,', MEMORY),
  limits("V8's range for code", '  shrinkCodeRange(libc);\n', '', MEMORY),
  limits(
    'descriptors',
    'limit(libc, RLIMIT_NOFILE, descriptors)',
    'limit(libc, RLIMIT_NOFILE, 64)',
    RIGHTS,
  ),
  limits('processes', 'limit(libc, RLIMIT_NPROC, 0)', 'limit(libc, RLIMIT_NPROC, 64)', RIGHTS),
  limits(
    'signals',
    'limit(libc, RLIMIT_SIGPENDING, 16)',
    'limit(libc, RLIMIT_SIGPENDING, 64)',
    RIGHTS,
  ),
  {
    name: 'memory: no seals',
    file: 'tender/native/shared-memory.ts',
    find: "  libc.call('fcntl', fd, F_ADD_SEALS, SEALS);\n",
    replace: '',
    tests: SEALS,
  },
  {
    name: 'memory: it may be cut',
    file: 'tender/native/shared-memory.ts',
    find: 'F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW',
    replace: 'F_SEAL_SEAL | F_SEAL_GROW',
    tests: SEALS,
  },
  {
    name: 'memory: no size',
    file: 'tender/native/shared-memory.ts',
    find: '  ftruncateSync(fd, size);\n',
    replace: '',
    tests: SEALS,
  },
  {
    name: 'memory: shared with the devices without a limit',
    file: 'tender/monitors/node/node-monitor.ts',
    find: 'Math.max(share, MIN_SHARED_HEAP), MAX_SHARED_HEAP)',
    replace: 'Math.max(share, MIN_SHARED_HEAP), 2 * MAX_SHARED_HEAP)',
    tests: ['test/e2e/tender-command-line.test.ts'],
  },
  {
    name: "permissions: none of Node's",
    file: 'tender/monitors/node/node-flags.ts',
    find: "if (sandbox !== 'none') {",
    replace: "if (sandbox === 'none') {",
    tests: RIGHTS,
  },
  {
    name: 'permissions: add-ons for all',
    file: 'tender/monitors/node/node-flags.ts',
    find: "if (sandbox === 'strict') flags.push('--allow-addons');",
    replace: "flags.push('--allow-addons');",
    tests: RIGHTS,
  },
  {
    name: 'tender: a runtime is ready twice',
    file: 'tender/monitors/node/node-monitor.ts',
    find: "if (ready) throw new RangeError('a message out of turn');",
    replace: '',
    tests: RIGHTS,
  },
  {
    name: 'tender: a guest decides how long it sleeps',
    file: 'tender/transport/shared-server.ts',
    find: 'doorbell.sleepLater(rung, SLEEP_NS,',
    replace: 'doorbell.sleepLater(rung, 1000n * SLEEP_NS,',
    tests: EMBEDDED,
  },
  {
    name: 'tender: less than strict, unasked',
    file: 'tender/commands/core-options.ts',
    find: "    sandbox: 'strict',\n",
    replace: "    sandbox: 'portable',\n",
    tests: ['test/e2e/block-devices.test.ts'],
  },
  {
    name: 'tender: strict without koffi',
    file: 'tender/monitors/node/node-monitor.ts',
    find: "if (sandbox === 'strict') throw new TenderError(",
    replace: "if (sandbox === 'none') throw new TenderError(",
    tests: ['test/e2e/block-devices.test.ts'],
  },
];
