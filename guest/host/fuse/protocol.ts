// Of <linux/fuse.h>, version 7.38: what a read-only server needs. Integers are little-endian.

/** The newest minor version of the protocol that is known here. */
export const MINOR = 38;
/** Kernels before 3.15 speak another dialect of INIT and are refused. */
export const FIRST_MINOR = 23;
export const MAJOR = 7;

export const REQUEST_HEADER = 40;
export const REPLY_HEADER = 16;
export const ENTRY_BYTES = 128;
export const ATTRIBUTES_BYTES = 88;
/** Before the attributes in the reply to LOOKUP, and to GETATTR. */
export const ENTRY_ATTRIBUTES_AT = 40;
export const REPLY_ATTRIBUTES_AT = 16;
export const DIRENT_BYTES = 24;
export const STATFS_BYTES = 80;
export const INIT_REPLY_BYTES = 64;

export const OPCODE = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  SETXATTR: 21,
  REMOVEXATTR: 24,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  COPY_FILE_RANGE: 47,
  TMPFILE: 51,
} as const;

/** Requests that change something. */
export const WRITERS: ReadonlySet<number> = new Set([
  OPCODE.SETATTR,
  OPCODE.SYMLINK,
  OPCODE.MKNOD,
  OPCODE.MKDIR,
  OPCODE.UNLINK,
  OPCODE.RMDIR,
  OPCODE.RENAME,
  OPCODE.LINK,
  OPCODE.WRITE,
  OPCODE.SETXATTR,
  OPCODE.REMOVEXATTR,
  OPCODE.CREATE,
  OPCODE.FALLOCATE,
  OPCODE.RENAME2,
  OPCODE.COPY_FILE_RANGE,
  OPCODE.TMPFILE,
]);

/** Requests that nobody waits for an answer to. */
export const UNANSWERED: ReadonlySet<number> = new Set([
  OPCODE.FORGET,
  OPCODE.BATCH_FORGET,
  OPCODE.INTERRUPT,
]);

/** The flags of INIT that are set if the kernel has them. */
export const INIT_FLAGS =
  (1 << 0) | // ASYNC_READ: several reads of one file at once
  (1 << 13) | // DO_READDIRPLUS
  (1 << 14) | // READDIRPLUS_AUTO
  (1 << 17) | // NO_OPEN_SUPPORT
  (1 << 18) | // PARALLEL_DIROPS
  (1 << 22) | // MAX_PAGES
  (1 << 23) | // CACHE_SYMLINKS
  (1 << 24); // NO_OPENDIR_SUPPORT

export const ERRNO = {
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENOMEM: 12,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  EPROTO: 71,
  ESTALE: 116,
} as const;
