import { imm32, imm64, type Part } from '../../../native/machine-code.ts';
import { Control, KVM_RUN_PAGE } from '../launch/layout.ts';
import { passTurn } from '../launch/pass-turn.ts';
import { PORT_DATA, RUN_HEAD_BYTES } from './structs.ts';

/** The descriptors of the process, which closes all others first. */
export const [KVM_FD, VM_FD, VCPU_FD] = [0, 1, 2];
export const KVM_RUN = 0xae80;
export const KVM_GET_REGS = 0x8090ae81;
export const KVM_GET_TSC_KHZ = 0xaea3;
const SYS_IOCTL = 16;

/** rax = ioctl(VCPU_FD, request, what is in rdx) */
function ioctl(request: number): number[] {
  return [
    ...[0xbf, ...imm32(VCPU_FD)], // mov edi, VCPU_FD
    ...[0xbe, ...imm32(request)], // mov esi, request
    ...[0xb8, ...imm32(SYS_IOCTL), 0x0f, 0x05],
  ];
}

const KEEP_RESULT = [0x49, 0x89, 0x84, 0x24, ...imm32(Control.RESULT)]; // mov [r12 + RESULT], rax

/**
 * What a guest's process does once its machine is ready; r12 is the control page. In C:
 *
 *     control->result = ioctl(vcpu, KVM_GET_TSC_KHZ, 0);
 *     for (;;) {
 *       pass the turn to the tender, and wait for it to come back;
 *       control->result = ioctl(vcpu, KVM_RUN, 0);
 *       copy the head of struct kvm_run, and the data of a port;
 *       ioctl(vcpu, KVM_GET_REGS, &control->registers);
 *     }
 */
export function runCode(spins: number): Part[] {
  return [
    [0x31, 0xd2], // xor edx, edx
    ioctl(KVM_GET_TSC_KHZ),
    KEEP_RESULT,
    { place: 'turn' },
    ...passTurn(spins),
    [0x31, 0xd2], // xor edx, edx
    ioctl(KVM_RUN),
    KEEP_RESULT,
    [0x48, 0xbe, ...imm64(KVM_RUN_PAGE)], // mov rsi, KVM_RUN_PAGE
    [0x49, 0x8d, 0xbc, 0x24, ...imm32(Control.RUN_HEAD)], // lea rdi, [r12 + RUN_HEAD]
    [0xb9, ...imm32(RUN_HEAD_BYTES / 8)], // mov ecx, words
    [0xf3, 0x48, 0xa5], // rep movsq
    [0x48, 0xb9, ...imm64(KVM_RUN_PAGE + PORT_DATA)], // mov rcx, the data
    [0x48, 0x8b, 0x09], // mov rcx, [rcx]
    [0x49, 0x89, 0x8c, 0x24, ...imm32(Control.RUN_DATA)], // mov [r12 + RUN_DATA], rcx
    [0x49, 0x8d, 0x94, 0x24, ...imm32(Control.REGISTERS)], // lea rdx, [r12 + REGISTERS]
    ioctl(KVM_GET_REGS),
    { jump: 'always', to: 'turn' },
    { place: 'end' },
  ];
}
