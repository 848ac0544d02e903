// Where things are in the process that runs a guest: everything of ours lies far above the guest.

/** Guest memory is mapped at its own addresses from here on; below nothing is mapped (process engine). */
export const FIRST_GUEST_BYTE = 0x10000;
/** Where guest memory is mapped for KVM, from its first byte on. */
export const KVM_MEMORY = 0x5000_0000_0000;
/** KVM's page of a virtual processor. */
export const KVM_RUN_PAGE = 0x5e00_0000_0000;
/** What the process shares with the tender besides: the control page, then the stack for traps. */
export const CONTROL = 0x5f00_0000_0000;
/** The program of the process: never writable. */
export const PROGRAM = 0x6000_0000_0000;
/** Bytes from there on in which nothing else lies: what the kernel maps for a process is higher. */
export const PROGRAM_ROOM = 2 ** 26;
/** The end of what a process can map. */
export const END_OF_ADDRESSES = 0x7fff_ffff_f000;

/** Bytes of the control page; the stack lies behind it. */
export const CONTROL_PAGE = 4096;
/** The kernel writes the registers there, those of AVX-512 among them: some 4 KiB. */
export const TRAP_STACK = 64 * 1024;
/** Bytes shared besides the guest's memory. */
export const CONTROL_BYTES = CONTROL_PAGE + TRAP_STACK;

/** Byte offsets in the control page. A guest of the process engine may write to all of it. */
export const Control = {
  /** u32: 0 while it is the guest's turn, 1 while it is the tender's. Both sleep on it. */
  TURN: 0,
  /** u32: 1 while the tender sleeps, or is about to. */
  TENDER_SLEEPS: 64,
  /** u32: the same of the guest. */
  GUEST_SLEEPS: 128,
  /** u32: the step of the launch that was done last; u64: what it gave. */
  STEP: 192,
  RESULT: 200,
  /** u64: where the kernel put the registers of the trap. */
  FRAME: 256,
  /** u32: 1 where the guest's FS base is to be set; u64: to what. */
  SET_FS: 264,
  FS_BASE: 272,
  /** KVM: the beginning of its page, the data of a port, and the registers where they were asked for. */
  RUN_HEAD: 1024,
  RUN_DATA: 1152,
  REGISTERS: 1280,
} as const;

/** A turn is the tender's. */
export const TENDERS_TURN = 1;
export const GUESTS_TURN = 0;
