import { imm32, imm64, type Part } from '../../../native/machine-code.ts';
import { CONTROL, Control, FIRST_GUEST_BYTE } from '../launch/layout.ts';
import { compareWord, exchangeWord, passTurn } from '../launch/pass-turn.ts';

/** Byte offsets of a trap's registers in what the kernel gives a signal's handler (struct ucontext_t). */
export const Frame = {
  R8: 40,
  R15: 96,
  RDI: 104,
  RSI: 112,
  RBP: 120,
  RBX: 128,
  RDX: 136,
  RAX: 144,
  RCX: 152,
  RSP: 160,
  RIP: 168,
  RFLAGS: 176,
  /** What the processor tells of the fault: error code, vector, address. */
  ERROR: 192,
  VECTOR: 200,
  CR2: 216,
} as const;
/** Bytes of it that are read. */
export const FRAME_BYTES = 232;

const GENERAL_PROTECTION = 13;
const SYS_CLOCK_GETTIME = 228;
const SYS_ARCH_PRCTL = 158;
const SYS_RT_SIGRETURN = 15;
const ARCH_SET_FS = 0x1002;
const RDTSC = 0x310f;
const NS_PER_S = 1_000_000_000;

/** The guest begins: registers as the ABI says, and nothing of ours in the others. */
function enterGuest(stack: number): Part[] {
  return [
    [0x31, 0xc0, 0x31, 0xdb, 0x31, 0xc9, 0x31, 0xd2], // xor eax, ebx, ecx, edx
    [0x31, 0xf6, 0x31, 0xed], // xor esi, ebp
    [0x45, 0x31, 0xc0, 0x45, 0x31, 0xc9, 0x45, 0x31, 0xd2, 0x45, 0x31, 0xdb], // xor r8d..r11d
    [0x45, 0x31, 0xe4, 0x45, 0x31, 0xed, 0x45, 0x31, 0xf6, 0x45, 0x31, 0xff], // xor r12d..r15d
    [0x48, 0xbc, ...imm64(stack)], // mov rsp, stack
    [0xbf, ...imm32(FIRST_GUEST_BYTE)], // mov edi, boot info
  ];
}

/**
 * The handler of traps in a guest's process, which has a stack of its own. In C:
 *
 *     void handler(int signal, siginfo_t *info, ucontext_t *frame) {
 *       if (frame->vector == 13 && frame->rip < end && *(u16 *)frame->rip == RDTSC) {
 *         frame->rip += 2;
 *         rdx:rax = clock_gettime(CLOCK_MONOTONIC) in nanoseconds;
 *       } else {
 *         control->frame = frame;
 *         pass the turn to the tender, and wait for it to come back;
 *         if (control->set_fs) arch_prctl(ARCH_SET_FS, control->fs_base);
 *       }
 *     }
 *
 * The guest may jump anywhere into it, with any registers: the filter bounds what it gains.
 * @param end the guest's first address that is no memory
 */
function handler(end: number, spins: number): Part[] {
  return [
    { place: 'handler' },
    [0x48, 0x89, 0xe3], // mov rbx, rsp
    [0x48, 0x89, 0xd5], // mov rbp, rdx
    [0x49, 0xbc, ...imm64(CONTROL)], // mov r12, CONTROL
    [0x48, 0x83, 0xbd, ...imm32(Frame.VECTOR), GENERAL_PROTECTION], // cmp qword [rbp + VECTOR], 13
    { jump: 'differs', to: 'ask' },
    [0x48, 0x8b, 0x85, ...imm32(Frame.RIP)], // mov rax, [rbp + RIP]
    [0x48, 0xb9, ...imm64(end - 2)], // mov rcx, end - 2
    [0x48, 0x39, 0xc8], // cmp rax, rcx
    { jump: 'not below', to: 'ask' },
    [0x66, 0x81, 0x38, RDTSC & 0xff, RDTSC >> 8], // cmp word [rax], RDTSC
    { jump: 'differs', to: 'ask' },
    [0x48, 0x83, 0x85, ...imm32(Frame.RIP), 2], // add qword [rbp + RIP], 2
    [0xbf, ...imm32(1)], // mov edi, CLOCK_MONOTONIC
    [0x48, 0x8d, 0x74, 0x24, 0xf0], // lea rsi, [rsp - 16]
    [0xb8, ...imm32(SYS_CLOCK_GETTIME), 0x0f, 0x05],
    [0x48, 0x69, 0x44, 0x24, 0xf0, ...imm32(NS_PER_S)], // imul rax, [rsp - 16], NS_PER_S
    [0x48, 0x03, 0x44, 0x24, 0xf8], // add rax, [rsp - 8]
    [0x89, 0xc1], // mov ecx, eax
    [0x48, 0x89, 0x8d, ...imm32(Frame.RAX)], // mov [rbp + RAX], rcx
    [0x48, 0xc1, 0xe8, 32], // shr rax, 32
    [0x48, 0x89, 0x85, ...imm32(Frame.RDX)], // mov [rbp + RDX], rax
    { jump: 'always', to: 'leave' },
    { place: 'ask' },
    [0x49, 0x89, 0xac, 0x24, ...imm32(Control.FRAME)], // mov [r12 + FRAME], rbp
    ...passTurn(spins),
    compareWord(Control.SET_FS, 0),
    { jump: 'equal', to: 'leave' },
    [0x31, 0xc0], // xor eax, eax
    exchangeWord(Control.SET_FS),
    [0xbf, ...imm32(ARCH_SET_FS)], // mov edi, ARCH_SET_FS
    [0x49, 0x8b, 0xb4, 0x24, ...imm32(Control.FS_BASE)], // mov rsi, [r12 + FS_BASE]
    [0xb8, ...imm32(SYS_ARCH_PRCTL), 0x0f, 0x05],
    { place: 'leave' },
    [0x48, 0x8d, 0x63, 0x08], // lea rsp, [rbx + 8]
    [0xb8, ...imm32(SYS_RT_SIGRETURN), 0x0f, 0x05],
  ];
}

/** The code of a guest's process, behind the launcher's. */
export function trapCode(entry: number, memorySize: number, spins: number): Part[] {
  return [
    ...enterGuest(memorySize - 8),
    [0xff, 0x25, 0, 0, 0, 0], // jmp [rip + 0]
    imm64(entry),
    ...handler(memorySize, spins),
    // The filter takes a call for ours that returns in front of the end.
    [0x0f, 0x0b], // ud2
    { place: 'end' },
  ];
}
