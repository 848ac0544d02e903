import type { Mutant } from '../fixtures/mutant.ts';

const JAIL = ['test/e2e/mount-jail.test.ts'];
const LIFE = ['test/e2e/mount-life.test.ts'];
const FILTER = ['test/unit/tender/jail/filter.test.ts'];
const DROPPED = ['test/unit/image-tools/mount/drop-start.test.ts'];
const MOUNT = 'image-tools/mount';
const CONFINE = 'tender/jail/confine-self.ts';

/** What the server of a mounted image gives up, and how a mount ends. */
export const mutants: Mutant[] = [
  {
    name: 'mount: the server gives up nothing before it is executed',
    file: `${MOUNT}/become-server.ts`,
    find: 'confineSelf(libc, { program: node, files: [file, ...koffi.slice(0, 1)] });',
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: the server is in no jail',
    file: `${MOUNT}/server-main.ts`,
    find: 'enterServerJail(libc, fds.image)',
    replace: 'undefined',
    tests: JAIL,
  },
  {
    name: 'mount: the server inherits what others left open',
    file: `${MOUNT}/become-server.ts`,
    find: "libc.raw('fcntl', Number(fd), F_SETFD, FD_CLOEXEC);",
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: libuv may make rings of io_uring',
    file: `${MOUNT}/become-server.ts`,
    find: "'UV_USE_IO_URING=0'",
    replace: "'UV_USE_IO_URING=1'",
    tests: JAIL,
    why: 'libuv makes such a ring for the first file that is read without waiting, and the server reads none; the jail lets nobody make or use one',
  },
  {
    name: 'mount: a signal opens a debugger',
    file: `${MOUNT}/server-main.ts`,
    find: "process.on('SIGUSR1', () => {});",
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: root stays root',
    file: CONFINE,
    find: 'if (process.geteuid?.() === 0) becomeNobody(libc, arena, next);',
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: the groups of root stay',
    file: CONFINE,
    find: "if (libc.raw('setgroups', 0, 0) < 0) return;",
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: capabilities may come back',
    file: CONFINE,
    find: 'for (const { call, args } of dropped.boundingSet) libc.raw(call, ...(args as [number]));',
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: capabilities stay, in a namespace of users',
    file: CONFINE,
    find: 'for (const { call, args } of dropped.capabilities) libc.raw(call, ...(args as [number]));',
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: the network stays',
    file: CONFINE,
    find: "{ call: 'unshare', args: [namespaceFlags(['net'])] },",
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: programs may bring new rights',
    file: CONFINE,
    find: "libc.raw('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);",
    replace: '',
    tests: JAIL,
    why: 'the jail that is installed behind it does the same once more, and Landlock refuses to begin without it',
  },
  {
    name: 'mount: the server reads any descriptor at any place',
    file: 'tender/jail/filter.ts',
    find: "['pread64', oneOf(0, [image])]",
    replace: "['pread64', [ALLOW]]",
    tests: FILTER,
  },
  {
    name: 'mount: by preadv, the server reads any descriptor at any place',
    file: 'tender/jail/filter.ts',
    find: "['preadv', oneOf(0, [image])]",
    replace: "['preadv', [ALLOW]]",
    tests: FILTER,
  },
  {
    name: 'mount: changed pages are let go of',
    file: `${MOUNT}/drop-start.ts`,
    find: "&& kilobytes('Anonymous') === 0",
    replace: '',
    tests: DROPPED,
  },
  {
    name: 'mount: pages without a file are let go of',
    file: `${MOUNT}/drop-start.ts`,
    find: ' r-.p .* \\//',
    replace: ' r-.p /',
    tests: DROPPED,
  },
  {
    name: 'mount: nobody watches over the mount',
    file: `${MOUNT}/mount-image.ts`,
    find: 'if (device !== undefined) writeSync',
    replace: 'if (device === null) writeSync',
    tests: LIFE,
  },
  {
    name: 'mount: a mount in use hangs on',
    file: `${MOUNT}/ending.ts`,
    find: "this.#tell('detach');",
    replace: '',
    tests: LIFE,
  },
  {
    name: 'mount: the folder of the caller is kept busy',
    file: `${MOUNT}/become-server.ts`,
    find: "process.chdir('/');",
    replace: '',
    tests: JAIL,
  },
  {
    name: 'mount: the loop never looks at signals',
    file: `${MOUNT}/server-main.ts`,
    find: 'loop.serve([...ending.descriptors, ...events])',
    replace: 'loop.serve([...ending.descriptors])',
    tests: LIFE,
  },
];
