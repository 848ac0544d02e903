// KVM's own structures; see <linux/kvm.h> and <asm/kvm.h>.
import { GDT_BASE, GDT_LIMIT, PAGE_TABLE_ROOT } from './tables.ts';

const BOOT_INFO = 0x10000;
const REGS_BYTES = 144;
const SREGS_BYTES = 312;
const REGION_BYTES = 32;
/** Places in struct kvm_regs. */
const [RDI, RSP, RIP, RFLAGS] = [40, 48, 128, 136];
/** Places in struct kvm_sregs. */
const SREGS = {
  CS: 0,
  DATA: [24, 48, 72, 96, 120],
  TR: 144,
  LDT: 168,
  GDT: 192,
  CR0: 224,
  CR3: 240,
  CR4: 248,
  EFER: 264,
};
/** PE, NE, WP, PG; PAE, OSFXSR, OSXMMEXCPT; LME, LMA. */
const [CR0, CR4, EFER] = [0x80010021n, 0x620n, 0x500n];
/** Of struct kvm_segment, behind base, limit and selector: type, p, dpl, db, s, l, g, avl, unusable. */
const CODE = [9, 1, 0, 0, 1, 1, 1, 0, 0];
const DATA = [3, 1, 0, 1, 1, 0, 1, 0, 0];
const TASK = [11, 1, 0, 0, 0, 0, 0, 0, 0];
const UNUSABLE = [0, 0, 0, 0, 0, 0, 0, 0, 1];

/** The registers of a guest that begins. @param start the address of its first instruction */
export function encodeRegisters(memorySize: number, start: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(REGS_BYTES));
  view.setBigUint64(RDI, BigInt(BOOT_INFO), true);
  view.setBigUint64(RSP, BigInt(memorySize - 8), true);
  view.setBigUint64(RIP, BigInt(start), true);
  view.setBigUint64(RFLAGS, 2n, true);
  return new Uint8Array(view.buffer);
}

/** Their names in the order of struct kvm_regs. */
const NAMES = [
  ...[
    'rax',
    'rbx',
    'rcx',
    'rdx',
    'rsi',
    'rdi',
    'rsp',
    'rbp',
    'r8',
    'r9',
    'r10',
    'r11',
    'r12',
    'r13',
  ],
  ...['r14', 'r15', 'rip', 'rflags'],
];

/** @param view of struct kvm_regs */
export function decodeRegisters(view: DataView): Record<string, bigint> {
  const words = NAMES.map((name, index) => [name, view.getBigUint64(8 * index, true)] as const);
  return { ...Object.fromEntries(words), cs: 8n, ss: 16n };
}

/** 64-bit mode, with the tables of `tables.ts`. */
export function encodeSpecialRegisters(): Uint8Array {
  const bytes = new Uint8Array(SREGS_BYTES);
  const view = new DataView(bytes.buffer);
  const segment = (at: number, limit: number, selector: number, rest: readonly number[]) => {
    view.setUint32(at + 8, limit, true);
    view.setUint16(at + 12, selector, true);
    bytes.set(rest, at + 14);
  };
  segment(SREGS.CS, 0xffffffff, 8, CODE);
  for (const at of SREGS.DATA) segment(at, 0xffffffff, 16, DATA);
  segment(SREGS.TR, 0, 0, TASK);
  segment(SREGS.LDT, 0, 0, UNUSABLE);
  view.setBigUint64(SREGS.GDT, BigInt(GDT_BASE), true);
  view.setUint16(SREGS.GDT + 8, GDT_LIMIT, true);
  view.setBigUint64(SREGS.CR0, CR0, true);
  view.setBigUint64(SREGS.CR3, BigInt(PAGE_TABLE_ROOT), true);
  view.setBigUint64(SREGS.CR4, CR4, true);
  view.setBigUint64(SREGS.EFER, EFER, true);
  return bytes;
}

/** All of the guest's memory, from its address 0 on. @param at where the process has it mapped */
export function encodeRegion(memorySize: number, at: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(REGION_BYTES));
  view.setBigUint64(16, BigInt(memorySize), true);
  view.setBigUint64(24, BigInt(at), true);
  return new Uint8Array(view.buffer);
}

/** Entries that struct kvm_cpuid2 has room for. */
export const CPUID_ENTRIES = 100;

/** Why a processor stopped (struct kvm_run), as far as it is looked at. */
export type Exit =
  | { readonly kind: 'out'; readonly port: number }
  | { readonly kind: 'other port'; readonly port: number }
  | { readonly kind: 'halt' | 'shutdown' }
  | { readonly kind: 'memory'; readonly address: bigint }
  /** An instruction that this KVM does not know: its bytes, where it tells. */
  | { readonly kind: 'internal error'; readonly suberror: number; readonly instruction: Uint8Array }
  | { readonly kind: 'failed entry'; readonly reason: bigint }
  | { readonly kind: 'other'; readonly reason: number };

export const RUN_HEAD_BYTES = 128;
/** Where KVM puts the data of a port: at the beginning of the second page. */
export const PORT_DATA = 4096;
const DIRECTION_OUT = 1;
const MAX_INSTRUCTION = 15;

function decodePort(head: DataView): Exit {
  const port = head.getUint16(34, true);
  const isCall =
    head.getUint8(32) === DIRECTION_OUT &&
    head.getUint8(33) === 4 &&
    head.getUint32(36, true) === 1 &&
    head.getBigUint64(40, true) === BigInt(PORT_DATA);
  return { kind: isCall ? 'out' : 'other port', port };
}

function decodeInternalError(head: DataView): Exit {
  const words = head.getUint32(36, true);
  // Newer kernels put flags and the instruction behind: its length, then its bytes.
  const hasInstruction = words >= 3 && (head.getUint8(40) & 1) !== 0;
  const length = hasInstruction ? Math.min(head.getUint8(48), MAX_INSTRUCTION) : 0;
  const instruction = new Uint8Array(head.buffer, head.byteOffset + 49, length);
  return { kind: 'internal error', suberror: head.getUint32(32, true), instruction };
}

/** @param head the first {@link RUN_HEAD_BYTES} of struct kvm_run */
export function decodeExit(head: DataView): Exit {
  const reason = head.getUint32(8, true);
  switch (reason) {
    case 2:
      return decodePort(head);
    case 5:
      return { kind: 'halt' };
    case 6:
      return { kind: 'memory', address: head.getBigUint64(32, true) };
    case 8:
      return { kind: 'shutdown' };
    case 9:
      return { kind: 'failed entry', reason: head.getBigUint64(32, true) };
    case 17:
      return decodeInternalError(head);
    default:
      return { kind: 'other', reason };
  }
}
