import type { SyscallName } from '../native/syscall-numbers.ts';

/**
 * The system calls that a guest's process may make with any arguments, most frequent first. `filter.ts` has
 * those that depend on their arguments.
 */
export const ALLOWED: readonly SyscallName[] = [
  'write',
  // Memory for the heap and for compiled code.
  'munmap',
  'brk',
  // Time and threads that exist already.
  'clock_gettime',
  'clock_nanosleep',
  'nanosleep',
  'gettimeofday',
  'sched_yield',
  'restart_syscall',
  'getrandom',
  'getpid',
  'gettid',
  // The event loop, on descriptors that exist already.
  'epoll_wait',
  'epoll_pwait',
  'epoll_ctl',
  'close',
  // Signals that the process sends itself when it gives up.
  'rt_sigaction',
  'rt_sigprocmask',
  'rt_sigreturn',
  'sigaltstack',
  'exit',
  'exit_group',
];

/** What a server of images needs beside it: they are read on their open descriptors. */
export const SERVER_ALLOWED: readonly SyscallName[] = ['pread64', 'preadv'];

/** What a device of a virtual machine needs beside both, most frequent first. */
export const BACK_END_ALLOWED: readonly SyscallName[] = [
  'ppoll',
  // A front end's messages, with the descriptors of the machine's memory.
  'recvmsg',
  'fstat',
];

/** What the server of a mounted image needs beside it; a rule of `filter.ts` lets it read the image. */
export const MOUNT_ALLOWED: readonly SyscallName[] = [
  'ppoll',
  // V8 asks of each of its threads, not of the first alone: its locks for its priority, and glibc for its stack.
  // Without an answer, V8 takes the first one's stack for it.
  'sched_getaffinity',
  'sched_getparam',
  'sched_getscheduler',
];

/** What no process of ours asks for once it is confined: other processes, to be a server, programs in the kernel. */
const NEVER: readonly SyscallName[] = [
  'fork',
  'vfork',
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'kill',
  'tkill',
  'pidfd_open',
  'pidfd_getfd',
  'pidfd_send_signal',
  'listen',
  'accept',
  'accept4',
  'bpf',
];

/**
 * Calls that no honest runtime makes: the attempt ends the process (SIGSYS, status 159). A call on neither list
 * fails with EPERM, which an honest runtime survives.
 */
export const DEADLY: readonly SyscallName[] = [
  ...NEVER,
  'execve',
  'execveat',
  'socket',
  'socketpair',
  'connect',
  'bind',
  'sendto',
  'sendmsg',
  'recvmsg',
  'io_uring_setup',
  'io_uring_enter',
];

/** What ends a process that fetches images, which needs what a client of a network does. */
export const FETCHER_DEADLY: readonly SyscallName[] = [...NEVER, 'mount', 'umount2', 'unshare'];

/** What does so once it has become our program. */
export const FETCHER_DEADLY_LATER: readonly SyscallName[] = ['execve', 'execveat'];

/** What is asked through a ring of io_uring, nobody looks at: libuv does without. */
export const FETCHER_REFUSED: readonly SyscallName[] = ['io_uring_setup', 'io_uring_enter'];
