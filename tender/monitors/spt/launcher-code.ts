import { assemble, imm64 } from '../../native/machine-code.ts';

/** One system call of the launcher; see `launcher.ts` for the list. */
export interface Call {
  /** For messages. */
  readonly name: string;
  readonly number: number;
  readonly args: readonly (number | bigint)[];
  /** What it must give; anything where absent. */
  readonly wanted?: number;
}

/** The signal that ends a launcher which cannot report any more; no guest can end by it. */
export const SIGNAL_OF_FAILURE = 16;

/** Whether the result of a call must be the wanted one. */
export const Mode = { REPORT: 0, ANY: 1, SIGNAL: 2 } as const;

/** Number, six arguments, wanted result, mode: 64 bits each. */
export const CALL_BYTES = 72;

/** What the launcher's code is to know. */
export interface LauncherPlaces {
  /** The address of its calls. */
  readonly calls: number;
  /** The descriptor of its own file: a failure is written to its beginning. */
  readonly ownFd: number;
  /** Of the guest. */
  readonly bootInfo: number;
  readonly stack: number;
  readonly entry: number;
}

/**
 * The machine code that prepares a process and becomes its guest. In C:
 *
 *     for (; call->number >= 0; call++) {
 *       long result = syscall(call->number, call->arguments[0], …, call->arguments[5]);
 *       if (call->mode == ANY || result == call->wanted) continue;
 *       if (call->mode == SIGNAL) kill(getpid(), 16);
 *       else pwrite(own_fd, (long[]){ call, result }, 16, 0);
 *       exit_group(1);
 *     }
 *     stack = …; entry(boot_info);  // with all other registers 0
 */
export function launcherCode({ calls, ownFd, bootInfo, stack, entry }: LauncherPlaces): Uint8Array {
  const { code } = assemble([
    [0x48, 0xbb, ...imm64(calls)], // mov rbx, calls
    { place: 'call' },
    [0x48, 0x8b, 0x03], // mov rax, [rbx]
    [0x48, 0x0f, 0xba, 0xe0, 63], // bt rax, 63
    { jump: 'below', to: 'guest' },
    [0x48, 0x8b, 0x7b, 0x08], // mov rdi, [rbx + 8]
    [0x48, 0x8b, 0x73, 0x10], // mov rsi, [rbx + 16]
    [0x48, 0x8b, 0x53, 0x18], // mov rdx, [rbx + 24]
    [0x4c, 0x8b, 0x53, 0x20], // mov r10, [rbx + 32]
    [0x4c, 0x8b, 0x43, 0x28], // mov r8, [rbx + 40]
    [0x4c, 0x8b, 0x4b, 0x30], // mov r9, [rbx + 48]
    [0x0f, 0x05], // syscall
    [0x4c, 0x8b, 0x63, 0x38], // mov r12, [rbx + 56]
    [0x4c, 0x8b, 0x6b, 0x40], // mov r13, [rbx + 64]
    [0x48, 0x83, 0xc3, CALL_BYTES], // add rbx, 72
    [0x49, 0x83, 0xfd, Mode.ANY], // cmp r13, ANY
    { jump: 'equal', to: 'call' },
    [0x4c, 0x39, 0xe0], // cmp rax, r12
    { jump: 'equal', to: 'call' },
    [0x49, 0x83, 0xfd, Mode.SIGNAL], // cmp r13, SIGNAL
    { jump: 'equal', to: 'signal' },
    [0x50, 0x53], // push rax; push rbx
    [0x48, 0x89, 0xe6], // mov rsi, rsp
    [0x48, 0xbf, ...imm64(ownFd)], // mov rdi, ownFd
    [0xba, 16, 0, 0, 0], // mov edx, 16
    [0x45, 0x31, 0xd2], // xor r10d, r10d
    [0xb8, 18, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_pwrite64; syscall
    { jump: 'always', to: 'exit' },
    { place: 'signal' },
    [0xb8, 39, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_getpid; syscall
    [0x48, 0x89, 0xc7], // mov rdi, rax
    [0xbe, SIGNAL_OF_FAILURE, 0, 0, 0], // mov esi, 16
    [0xb8, 62, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_kill; syscall
    { place: 'exit' },
    [0xbf, 1, 0, 0, 0], // mov edi, 1
    [0xb8, 231, 0, 0, 0, 0x0f, 0x05], // mov eax, SYS_exit_group; syscall
    { place: 'guest' },
    [0x48, 0xbf, ...imm64(bootInfo)], // mov rdi, bootInfo
    [0x48, 0xbc, ...imm64(stack)], // mov rsp, stack
    [0x31, 0xc0, 0x31, 0xdb, 0x31, 0xc9, 0x31, 0xd2, 0x31, 0xf6, 0x31, 0xed], // eax ebx ecx edx esi ebp = 0
    [0x45, 0x31, 0xc0, 0x45, 0x31, 0xc9, 0x45, 0x31, 0xd2, 0x45, 0x31, 0xdb], // r8d … r11d = 0
    [0x45, 0x31, 0xe4, 0x45, 0x31, 0xed, 0x45, 0x31, 0xf6, 0x45, 0x31, 0xff], // r12d … r15d = 0
    [0xff, 0x25, 0, 0, 0, 0, ...imm64(entry)], // jmp [rip]
  ]);
  return code;
}
