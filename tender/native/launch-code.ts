/**
 * The machine code that starts a process, for `launch.ts`; the C library has no such function. In C:
 *
 *     long launch(struct { long flags; struct step *steps; } *plan) {
 *       long pid = syscall(SYS_clone, plan->flags, 0, 0, 0, 0);
 *       if (pid != 0) return pid;
 *       for (struct step *step = plan->steps;; step++) {
 *         step->result = syscall(step->number, step->arguments[0], …, step->arguments[5]);
 *         if (step->result < 0 && step->required) exit_group(127);
 *       }
 *     }
 *
 * The flags contain CLONE_VM and CLONE_VFORK. The child shares this process's memory but uses no stack, only
 * registers, until its last step, execve, succeeds.
 */
const X64 = [
  [0x53], // push rbx
  [0x48, 0x8b, 0x5f, 0x08], // mov rbx, [rdi + 8]
  [0x48, 0x8b, 0x3f], // mov rdi, [rdi]
  [0x31, 0xf6], // xor esi, esi
  [0x31, 0xd2], // xor edx, edx
  [0x45, 0x31, 0xd2], // xor r10d, r10d
  [0x45, 0x31, 0xc0], // xor r8d, r8d
  [0xb8, 0x38, 0x00, 0x00, 0x00], // mov eax, SYS_clone
  [0x0f, 0x05], // syscall
  [0x48, 0x85, 0xc0], // test rax, rax
  [0x74, 0x02], // je child
  [0x5b], // pop rbx
  [0xc3], // ret
  [0x48, 0x8b, 0x03], // child: mov rax, [rbx]
  [0x48, 0x8b, 0x7b, 0x08], // mov rdi, [rbx + 8]
  [0x48, 0x8b, 0x73, 0x10], // mov rsi, [rbx + 16]
  [0x48, 0x8b, 0x53, 0x18], // mov rdx, [rbx + 24]
  [0x4c, 0x8b, 0x53, 0x20], // mov r10, [rbx + 32]
  [0x4c, 0x8b, 0x43, 0x28], // mov r8, [rbx + 40]
  [0x4c, 0x8b, 0x4b, 0x30], // mov r9, [rbx + 48]
  [0x0f, 0x05], // syscall
  [0x48, 0x89, 0x43, 0x40], // mov [rbx + 64], rax
  [0x48, 0x85, 0xc0], // test rax, rax
  [0x79, 0x07], // jns next
  [0x48, 0x83, 0x7b, 0x38, 0x00], // cmp qword [rbx + 56], 0
  [0x75, 0x06], // jne fail
  [0x48, 0x83, 0xc3, 0x48], // next: add rbx, 72
  [0xeb, 0xcd], // jmp child
  [0xbf, 0x7f, 0x00, 0x00, 0x00], // fail: mov edi, 127
  [0xb8, 0xe7, 0x00, 0x00, 0x00], // mov eax, SYS_exit_group
  [0x0f, 0x05], // syscall
].flat();

const ARM64 = [
  0xf9400409, // ldr x9, [x0, #8]
  0xf9400000, // ldr x0, [x0]
  0xd2800001, // mov x1, #0
  0xd2800002, // mov x2, #0
  0xd2800003, // mov x3, #0
  0xd2800004, // mov x4, #0
  0xd2801b88, // mov x8, SYS_clone
  0xd4000001, // svc #0
  0xb4000040, // cbz x0, child
  0xd65f03c0, // ret
  0xf9400128, // child: ldr x8, [x9]
  0xa9408520, // ldp x0, x1, [x9, #8]
  0xa9418d22, // ldp x2, x3, [x9, #24]
  0xa9429524, // ldp x4, x5, [x9, #40]
  0xd4000001, // svc #0
  0xf9002120, // str x0, [x9, #64]
  0xb6f80060, // tbz x0, #63, next
  0xf9401d2a, // ldr x10, [x9, #56]
  0xb500006a, // cbnz x10, fail
  0x91012129, // next: add x9, x9, #72
  0x17fffff6, // b child
  0xd2800fe0, // fail: mov x0, #127
  0xd2800bc8, // mov x8, SYS_exit_group
  0xd4000001, // svc #0
];

/** The code for an architecture of Node's; undefined where there is none. */
export function launchCode(arch: string): Uint8Array | undefined {
  if (arch === 'x64') return Uint8Array.from(X64);
  if (arch === 'arm64') return new Uint8Array(Uint32Array.from(ARM64).buffer);
  return undefined;
}
