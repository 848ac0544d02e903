// The numbers against the kernel's own headers, of both architectures: a wrong one would open the
// jail on a machine that runs no test of ours.
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { syscallTable } from '../../../../tender/native/syscall-numbers.ts';

const HEADERS: [string, string][] = [
  ['x64', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  // aarch64 has no numbering of its own: it is the generic one.
  ['arm64', '/usr/include/asm-generic/unistd.h'],
];

for (const [arch, header] of HEADERS) {
  const skip = existsSync(header) ? false : `${header} is not here: apt-get install linux-libc-dev`;
  t.test(arch, { skip }, async (t) => {
    const numbers = new Map<string, number>();
    for (const match of readFileSync(header, 'utf8').matchAll(
      /^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm,
    )) {
      numbers.set(match[1] ?? '', Number(match[2]));
    }
    const table = syscallTable(arch);
    for (const [name, number] of Object.entries(table?.numbers ?? {})) {
      t.equal(number, numbers.get(name), name);
    }
    const missing = Object.keys(syscallTable('x64')?.numbers ?? {}).filter(
      (name) => !(name in (table?.numbers ?? {})),
    );
    t.same(
      missing.filter((name) => numbers.has(name)),
      [],
      'what the architecture has is in its table',
    );
  });
}

t.equal(syscallTable('riscv64'), undefined);
