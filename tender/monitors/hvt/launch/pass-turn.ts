import { imm32, type Part } from '../../../native/machine-code.ts';
import { Control } from './layout.ts';

const SYS_FUTEX = 202;

/** `cmp dword [r12 + at], value` */
export function compareWord(at: number, value: number): number[] {
  return [0x41, 0x83, 0xbc, 0x24, ...imm32(at), value];
}

/** `xchg [r12 + at], eax`: a store that no later load overtakes. */
export function exchangeWord(at: number): number[] {
  return [0x41, 0x87, 0x84, 0x24, ...imm32(at)];
}

/** `lea rdi, [r12 + at]` */
function addressOf(at: number): number[] {
  return [0x49, 0x8d, 0xbc, 0x24, ...imm32(at)];
}

/**
 * Gives the turn to the tender, and waits for it to come back; r12 is the control page. Uses rax, rcx, rdi,
 * rsi, rdx, r10, r11.
 * @param spins how often it is looked before the process sleeps
 */
export function passTurn(spins: number): Part[] {
  return [
    [0xb8, ...imm32(1)], // mov eax, TENDERS_TURN
    exchangeWord(Control.TURN),
    compareWord(Control.TENDER_SLEEPS, 0),
    { jump: 'equal', to: 'spin' },
    addressOf(Control.TURN),
    [0xbe, ...imm32(1)], // mov esi, FUTEX_WAKE
    [0xba, ...imm32(1)], // mov edx, 1
    [0xb8, ...imm32(SYS_FUTEX), 0x0f, 0x05],
    { place: 'spin' },
    [0xb9, ...imm32(spins)], // mov ecx, spins
    { place: 'look' },
    compareWord(Control.TURN, 1),
    { jump: 'differs', to: 'answered' },
    [0xf3, 0x90], // pause
    [0xff, 0xc9], // dec ecx
    { jump: 'differs', to: 'look' },
    { place: 'sleep' },
    [0xb8, ...imm32(1)], // mov eax, 1
    exchangeWord(Control.GUEST_SLEEPS),
    addressOf(Control.TURN),
    [0x31, 0xf6], // xor esi, esi: FUTEX_WAIT
    [0xba, ...imm32(1)], // mov edx, TENDERS_TURN
    [0x45, 0x31, 0xd2], // xor r10d, r10d: no limit
    [0xb8, ...imm32(SYS_FUTEX), 0x0f, 0x05],
    compareWord(Control.TURN, 1),
    { jump: 'equal', to: 'sleep' },
    [0x31, 0xc0], // xor eax, eax
    exchangeWord(Control.GUEST_SLEEPS),
    { place: 'answered' },
  ];
}
