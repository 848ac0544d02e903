// What a processor does at a fault, done by the tender, in memory that the guest wrote.
import t from 'tap';
import { GuestMemory } from '../../../../../tender/monitors/hvt/guest-memory.ts';
import { deliverFault } from '../../../../../tender/monitors/hvt/process/deliver.ts';
import { TrapRegisters } from '../../../../../tender/monitors/hvt/process/registers.ts';
import {
  newRingZero,
  type RingZero,
} from '../../../../../tender/monitors/hvt/process/ring-zero.ts';
import { FRAME_BYTES, Frame } from '../../../../../tender/monitors/hvt/process/trap-code.ts';

const SIZE = 0x200000;
const IDT = 0x110000;
const GDT = 0x111000;
const TASK = 0x112000;
const HANDLER = 0x1_0000_1234n;
const PAGE_FAULT = { vector: 14, error: 2, address: 0x42n };

/** A guest with a gate for page faults, which uses an interrupt stack where it is told to. */
function guest(stack: number) {
  const buffer = new ArrayBuffer(SIZE);
  const view = new DataView(buffer);
  const gate = IDT + 16 * 14;
  view.setUint16(gate, Number(HANDLER & 0xffffn), true);
  view.setUint8(gate + 4, stack);
  view.setUint8(gate + 5, 0x8e);
  view.setUint16(gate + 6, Number((HANDLER >> 16n) & 0xffffn), true);
  view.setUint32(gate + 8, Number(HANDLER >> 32n), true);
  view.setUint16(GDT + 24 + 2, TASK & 0xffff, true);
  view.setUint8(GDT + 24 + 4, TASK >> 16);
  view.setBigUint64(TASK + 36 + 8 * 2, 0x150008n, true);
  const state: RingZero = { ...newRingZero(), idtBase: IDT, gdtBase: GDT, taskSelector: 24 };
  const registers = new TrapRegisters(new DataView(new ArrayBuffer(FRAME_BYTES)));
  registers.set(Frame.RIP, 0x100042n);
  registers.set(Frame.RSP, 0x14fffcn);
  registers.set(Frame.RFLAGS, 0x10302n);
  const memory = new GuestMemory(buffer, [{ start: 0, end: 0x110000 }]);
  return { view, state, registers, memory };
}

t.test('on the stack that the guest has', async (t) => {
  const { view, state, registers, memory } = guest(0);
  t.ok(deliverFault(PAGE_FAULT, state, registers, memory));
  t.equal(registers.get(Frame.RIP), HANDLER);
  const rsp = 0x14fff0 - 48;
  t.equal(registers.get(Frame.RSP), BigInt(rsp));
  const pushed = Array.from({ length: 6 }, (_, index) => view.getBigUint64(rsp + 8 * index, true));
  // error code, rip, cs, rflags, rsp, ss
  t.same(pushed, [2n, 0x100042n, 8n, 0x10302n, 0x14fffcn, 16n]);
  t.equal(state.cr2, 0x42n);
  t.equal(registers.get(Frame.RFLAGS) & 0x100n, 0n, 'no step by step in the handler');
});

t.test('on an interrupt stack', async (t) => {
  const { view, state, registers, memory } = guest(3);
  t.ok(deliverFault(PAGE_FAULT, state, registers, memory));
  t.equal(registers.get(Frame.RSP), 0x150000n - 48n);
  t.equal(view.getBigUint64(0x150000 - 16, true), 0x14fffcn, 'the stack that it had');
});

t.test('without an error code', async (t) => {
  const { state, registers, memory } = guest(0);
  const other = { ...PAGE_FAULT, vector: 6 };
  t.notOk(deliverFault(other, state, registers, memory), 'there is no gate for it');
  const table = memory.readable(IDT, 16 * 15);
  table.copyWithin(16 * 6, 16 * 14, 16 * 15);
  t.ok(deliverFault(other, state, registers, memory));
  t.equal(registers.get(Frame.RSP), BigInt(0x14fff0 - 40));
  t.equal(state.cr2, 0n);
});

const BROKEN: Record<string, (guest_: ReturnType<typeof guest>) => void> = {
  'no table': ({ state }) => {
    state.idtBase = undefined;
  },
  'a table beyond the memory': ({ state }) => {
    state.idtBase = SIZE - 32;
  },
  'a table at the end of all addresses': ({ state }) => {
    state.idtBase = 2 ** 64;
  },
  'a gate that is not present': ({ view }) => view.setUint8(IDT + 16 * 14 + 5, 0x0e),
  'a stack that is not memory': ({ registers }) => registers.set(Frame.RSP, 2n ** 64n - 8n),
  'a stack at 0': ({ registers }) => registers.set(Frame.RSP, 0n),
  'a stack that the guest may not write to': ({ registers }) => registers.set(Frame.RSP, 0x110010n),
  'no descriptor of its task': ({ view, state }) => {
    view.setUint8(IDT + 16 * 14 + 4, 1);
    state.gdtBase = SIZE;
  },
  'a task that is not memory': ({ view }) => {
    view.setUint8(IDT + 16 * 14 + 4, 1);
    view.setUint8(GDT + 24 + 7, 0xff);
  },
};
for (const [what, breakIt] of Object.entries(BROKEN)) {
  t.test(`${what}: the guest cannot go on`, async (t) => {
    const broken = guest(0);
    breakIt(broken);
    const before = Buffer.from(broken.memory.readable(0, SIZE - 1));
    t.equal(deliverFault(PAGE_FAULT, broken.state, broken.registers, broken.memory), false);
    t.ok(before.equals(broken.memory.readable(0, SIZE - 1)), 'nothing is written');
  });
}
