import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoText } from '../../base/errno-text.ts';
import type { Libc } from '../../native/libc.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { SharedFile } from './launch/start.ts';

/** The registers that a guest has, in the order of struct user_regs_struct of <sys/user.h>. */
const CORE_REGISTERS = [
  ...['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8', 'rax', 'rcx', 'rdx'],
  ...['rsi', 'rdi', 'orig_rax', 'rip', 'cs', 'rflags', 'rsp', 'ss'],
] as const;

export type Registers = Readonly<Record<string, bigint>>;

const HEADER = 64;
const PROGRAM_HEADER = 56;
const NOTE_HEADER = 20;
/** struct elf_prstatus of <linux/elfcore.h>, and where its registers are. */
const PRSTATUS = 336;
const PRSTATUS_REGISTERS = 112;
const PAGE = 4096;
const PIECE = 1024 * 1024;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** What a guest leaves at its cookie when it aborts: the registers of its trap. */
function registersOfTrap(memory: GuestMemory, cookie: number, registers: Registers): Registers {
  if (cookie === 0) return registers;
  const trap = memory.copy(cookie, 56);
  const word = (index: number) => trap.getBigUint64(8 * index, true);
  return { ...registers, rip: word(2), cs: word(3), rflags: word(4), rsp: word(5), ss: word(6) };
}

/** All that precedes the memory in a core file: ELF header, two program headers, the note of registers. */
function encodeCoreHead(memorySize: number, registers: Registers): Buffer {
  const noteAt = HEADER + 2 * PROGRAM_HEADER;
  const head = Buffer.alloc(Math.ceil((noteAt + NOTE_HEADER + PRSTATUS) / PAGE) * PAGE);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 255]);
  head.writeUInt16LE(4, 16); // a core
  head.writeUInt16LE(62, 18); // x86_64
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(HEADER), 32);
  head.writeUInt16LE(HEADER, 52);
  head.writeUInt16LE(PROGRAM_HEADER, 54);
  head.writeUInt16LE(2, 56);
  const part = (at: number, type: number, flags: number, offset: number, size: number) => {
    head.writeUInt32LE(type, at);
    head.writeUInt32LE(flags, at + 4);
    head.writeBigUInt64LE(BigInt(offset), at + 8);
    head.writeBigUInt64LE(BigInt(size), at + 32);
    head.writeBigUInt64LE(BigInt(size), at + 40);
  };
  part(HEADER, 4, 0, noteAt, NOTE_HEADER + PRSTATUS);
  part(HEADER + PROGRAM_HEADER, 1, 7, head.length, memorySize);
  head.writeUInt32LE(5, noteAt);
  head.writeUInt32LE(PRSTATUS, noteAt + 4);
  head.writeUInt32LE(1, noteAt + 8); // NT_PRSTATUS
  head.write('CORE\0', noteAt + 12, 'latin1');
  const at = noteAt + NOTE_HEADER + PRSTATUS_REGISTERS;
  for (const [index, name] of CORE_REGISTERS.entries()) {
    head.writeBigUInt64LE(registers[name] ?? 0n, at + 8 * index);
  }
  return head;
}

/** The parts of the memory file that have data; the rest was never touched. */
function* touched(
  libc: Libc,
  { fd, memorySize }: SharedFile,
): Generator<[start: number, end: number]> {
  for (let at = 0; at < memorySize; ) {
    const start = libc.raw('lseek', fd, at, SEEK_DATA);
    if (start < 0 || start >= memorySize) return;
    const end = Math.min(memorySize, libc.call('lseek', fd, start, SEEK_HOLE));
    yield [start, end];
    at = end;
  }
}

/** Who aborted, and with what. */
export interface Aborted {
  readonly shared: SharedFile;
  readonly memory: GuestMemory;
  readonly registers: Registers;
  /** See HALT. */
  readonly cookie: number;
  /** Of the guest's process, for the name of the file. */
  readonly pid: number;
}

/**
 * Writes a guest's memory and registers into a new file in `folder`, as Solo5's debugging tender does; gdb reads
 * it beside the guest's own file. Memory that was never touched is a hole.
 * @returns one line that reports it
 */
export function dumpCore(libc: Libc, folder: string, guest: Aborted): string {
  const { shared, memory, cookie, pid } = guest;
  const path = join(folder, `core.solo5-hvt.${pid}`);
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = openSync(path, flags, 0o600);
    try {
      const head = encodeCoreHead(memory.size, registersOfTrap(memory, cookie, guest.registers));
      writeAll(fd, head, 0);
      ftruncateSync(fd, head.length + memory.size);
      const bytes = new Uint8Array(shared.mapping.view(0, memory.size));
      for (const [start, end] of touched(libc, shared)) {
        for (let at = start; at < end; at += PIECE) {
          writeAll(fd, bytes.subarray(at, Math.min(end, at + PIECE)), head.length + at);
        }
      }
    } finally {
      closeSync(fd);
    }
    return `dumpcore: dumping guest core to: ${path}`;
  } catch (error) {
    return `dumpcore: ${path}: ${errnoText(error)}`;
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
