// What the filter answers, on each architecture, by a machine for classic BPF as the kernel has one;
// test/contract/jail.test.ts tries the same in a real process of this architecture.
import t from 'tap';
import { encodeProgram } from '../../../../tender/jail/bpf.ts';
import { guestFilter } from '../../../../tender/jail/filter.ts';
import { ALLOWED, DEADLY } from '../../../../tender/jail/syscall-policy.ts';
import { syscallTable } from '../../../../tender/native/syscall-numbers.ts';

const PID = 4711;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x00050001;

/** Runs an encoded program over one struct seccomp_data. */
function answer(program: Uint8Array, arch: number, number: number, args: number[] = []): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, arch, true);
  for (const [index, value] of args.entries()) data.setUint32(16 + index * 8, value, true);
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let word = 0;
  for (let at = 0; at + 8 <= program.length; at += 8) {
    const operand = view.getUint32(at + 4, true);
    const jump = (holds: boolean) => {
      at += 8 * view.getUint8(holds ? at + 2 : at + 3);
    };
    switch (view.getUint16(at, true)) {
      case 0x20:
        word = data.getUint32(operand, true);
        break;
      case 0x15:
        jump(word === operand);
        break;
      case 0x35:
        jump(word >= operand);
        break;
      case 0x45:
        jump((word & operand) !== 0);
        break;
      case 0x06:
        return operand;
      default:
        throw new Error(`instruction ${view.getUint16(at, true)}`);
    }
  }
  throw new Error('the program runs past its end');
}

for (const arch of ['x64', 'arm64']) {
  t.test(arch, async (t) => {
    const table = syscallTable(arch);
    if (table === undefined) throw new Error(`no table for ${arch}`);
    const { auditArch, numbers } = table;
    const program = encodeProgram(guestFilter(table, PID));
    const call = (number: number | undefined, ...args: number[]) =>
      answer(program, auditArch, number ?? 0xffff, args);

    for (const name of ALLOWED) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), ALLOW, name);
    }
    for (const name of DEADLY) {
      if (numbers[name] !== undefined) t.equal(call(numbers[name]), KILL, name);
    }
    const conditional = [numbers.read, numbers.mmap, numbers.tgkill];
    const known = [...ALLOWED, ...DEADLY].map((name) => numbers[name]);
    for (let number = 0; number < 1024; number += 1) {
      if (known.includes(number) || conditional.includes(number)) continue;
      t.equal(call(number), EPERM, `number ${number}`);
    }

    t.equal(call(numbers.read, 3), ALLOW);
    for (const fd of [0, 1, 2]) t.equal(call(numbers.read, fd), EPERM, `read from ${fd}`);
    t.equal(call(numbers.mmap, 0, 4096, 3, 0x22), ALLOW, 'memory');
    t.equal(call(numbers.mmap, 0, 4096, 3, 0x02), EPERM, 'a file');
    t.equal(call(numbers.tgkill, PID, PID, 6), ALLOW);
    t.equal(call(numbers.tgkill, PID + 1, PID + 1, 6), KILL);

    const other = syscallTable(arch === 'x64' ? 'arm64' : 'x64')?.auditArch ?? 0;
    t.equal(answer(program, other, numbers.write ?? 0), KILL, 'calls of another architecture');
    t.equal(answer(program, 0x40000003, numbers.write ?? 0), KILL, 'calls of i386');
    // On x86_64 the bit means its second numbering; elsewhere there is no such call.
    t.equal(call(0x40000000 + (numbers.write ?? 0)), arch === 'x64' ? KILL : EPERM);
  });
}
