// Instructions as an assembler writes them (GNU as 2.40), and what is made of them.
import t from 'tap';
import { decodePrivileged } from '../../../../../tender/monitors/hvt/process/decode.ts';

function decode(hex: string) {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return decodePrivileged(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
}

const KNOWN: Record<string, [hex: string, expected: object | undefined]> = {
  'out %eax,(%dx)': ['ef', { kind: 'out', length: 1, port: 'dx', bytes: 4 }],
  'out %ax,(%dx)': ['66 ef', { kind: 'out', length: 2, port: 'dx', bytes: 2 }],
  'out %al,(%dx)': ['ee', { kind: 'out', length: 1, port: 'dx', bytes: 1 }],
  'out %eax,$0x42': ['e7 42', { kind: 'out', length: 2, port: 0x42, bytes: 4 }],
  'rex out %eax,(%dx)': ['48 ef', { kind: 'out', length: 2, port: 'dx', bytes: 4 }],
  'in (%dx),%eax': ['ed', { kind: 'in', length: 1, port: 'dx' }],
  'in $0x42,%al': ['e4 42', { kind: 'in', length: 2, port: 0x42 }],
  hlt: ['f4', { kind: 'halt', length: 1 }],
  cli: ['fa', { kind: 'nothing', length: 1 }],
  lretq: ['48 cb', { kind: 'far return', length: 2 }],
  iretq: ['48 cf', { kind: 'interrupt return', length: 2 }],
  wrmsr: ['0f 30', { kind: 'write msr', length: 2 }],
  rdmsr: ['0f 32', { kind: 'read msr', length: 2 }],
  rdtsc: ['0f 31', { kind: 'read time', length: 2 }],
  rdtscp: ['0f 01 f9', { kind: 'read time and processor', length: 3 }],
  'mov %ax,%ds': ['8e d8', { kind: 'nothing', length: 2 }],
  'mov 0x1234(%rip),%ss': ['8e 15 34 12 00 00', { kind: 'nothing', length: 6 }],
  'invlpg (%rax)': ['0f 01 38', { kind: 'nothing', length: 3 }],
  'lldt %ax': ['0f 00 d0', { kind: 'nothing', length: 3 }],
  'mov %cr2,%rax': ['0f 20 d0', { kind: 'read control', length: 3, control: 2, register: 0 }],
  'mov %cr2,%r10': ['41 0f 20 d2', { kind: 'read control', length: 4, control: 2, register: 10 }],
  'mov %rax,%cr8': ['44 0f 22 c0', { kind: 'write control', length: 4, control: 8, register: 0 }],
  'lgdt (%rsi)': [
    '0f 01 16',
    { kind: 'load table', length: 3, table: 'gdt', operand: at({ base: 6 }) },
  ],
  'lidt 0x10(%rsp)': [
    '0f 01 5c 24 10',
    { kind: 'load table', length: 5, table: 'idt', operand: at({ base: 4, displacement: 16 }) },
  ],
  'lidt -0x1000(%r13,%r12,8)': [
    '43 0f 01 9c e5 00 f0 ff ff',
    {
      kind: 'load table',
      length: 9,
      table: 'idt',
      operand: at({ base: 13, index: 12, scale: 8, displacement: -4096 }),
    },
  ],
  'lgdt 0x2000(%rip)': [
    '0f 01 15 00 20 00 00',
    {
      kind: 'load table',
      length: 7,
      table: 'gdt',
      operand: at({ displacement: 0x2000, fromNext: true }),
    },
  ],
  'lidt 0x108000': [
    '0f 01 1c 25 00 80 10 00',
    { kind: 'load table', length: 8, table: 'idt', operand: at({ displacement: 0x108000 }) },
  ],
  'ltr %cx': ['0f 00 d9', { kind: 'load task', length: 3, operand: { register: 1 } }],
  'ltr (%r9)': ['41 0f 00 19', { kind: 'load task', length: 4, operand: at({ base: 9 }) }],
  nop: ['90', undefined],
  ud2: ['0f 0b', undefined],
  'mov (%rax),%rax': ['48 8b 00', undefined],
  'sgdt (%rax)': ['0f 01 00', undefined],
  'lgdt of a register': ['0f 01 d0', undefined],
  outsl: ['6f', undefined],
  'int $0x80': ['cd 80', undefined],
  nothing: ['', undefined],
  'prefixes without end': ['66 66 66 66', undefined],
};

function at(operand: object): object {
  return {
    base: undefined,
    index: undefined,
    scale: 1,
    displacement: 0,
    fromNext: false,
    ...operand,
  };
}

for (const [text, [hex, expected]] of Object.entries(KNOWN)) {
  t.test(text, async (t) => t.same(decode(hex), expected));
}

t.test('whatever the bytes are, it is never longer than what was read', async (t) => {
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 16;
  };
  for (let round = 0; round < 50_000; round += 1) {
    const bytes = Uint8Array.from({ length: random() % 16 }, () =>
      random() % 2 ? ([0x0f, 0x01, 0x8e, 0x48, 0x66, 0x20][random() % 6] ?? 0) : random() & 0xff,
    );
    const found = decodePrivileged(new DataView(bytes.buffer));
    if (found !== undefined && !(found.length >= 1 && found.length <= 15)) t.fail(`${bytes}`);
  }
});
