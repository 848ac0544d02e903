import { ElfError } from '../../../tender/guests/elf/elf-error.ts';
import { elfBytes } from '../../../tender/guests/elf/elf-source.ts';
import { readElf } from '../../../tender/guests/elf/read-elf.ts';
import { LEAST_ADDRESS } from '../../../tender/guests/elf/segments.ts';
import { CODE_ADDRESS, emitElf } from '../../fixtures/elf/emit-elf.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const MIB = 2 ** 20;
/** Whatever a file holds, a reader asks for so many times its bytes at most. */
const MOST_READ = 64;

/** Numbers that fields of 64 bits have at their edges. */
function edge(random: Random): bigint {
  const near = BigInt(random.below(3) - 1);
  const base = random.pick([0n, 1n, 12n, 20n, 4096n, 0x100000n, 0x1000000n, 2n ** 31n, 2n ** 53n]);
  return BigInt.asUintN(64, base * random.pick([1n, 1n, 2n ** 11n]) + near);
}

function makeFile(random: Random): Buffer {
  const file = emitElf({
    target: random.pick(['spt', 'hvt', 1 + random.below(7)]),
    devices: Array.from({ length: random.below(random.oneIn(9) ? 64 : 3) }, (_, index) => ({
      name: `d${index}`,
      type: random.pick(['BLOCK_BASIC', 'NET_BASIC'] as const),
    })),
    code: random.bytes(1 + random.below(64)),
    symbols: { _start: CODE_ADDRESS },
    headers: (usual) => [...usual, ...(random.oneIn(2) ? [random.pick(usual)] : [])],
  });
  // Whole fields of program headers, then of sections, then anything.
  for (let left = random.below(3); left > 0; left -= 1) {
    const at = 64 + 56 * random.below(4) + random.pick([0, 8, 16, 32, 40, 48]);
    file.writeBigUInt64LE(edge(random), at);
  }
  if (random.oneIn(3)) {
    const at = file.length - 8 * (1 + random.below(24));
    file.writeBigUInt64LE(edge(random), at);
  }
  if (random.oneIn(3)) return file;
  const head = mutate(file.subarray(0, 1024), random);
  return Buffer.concat([head, file.subarray(random.oneIn(4) ? 1024 : head.length)]);
}

/** Files of unikernels: refused in one line, or with segments inside file and memory. */
export const elfTarget: FuzzTarget = {
  name: 'elf',
  run(random) {
    const file = makeFile(random);
    let read = 0;
    const bytes = elfBytes(file);
    const source = {
      size: file.length,
      read(offset: number, length: number) {
        insist(Number.isSafeInteger(offset) && Number.isSafeInteger(length), 'a read of no place');
        insist(offset >= 0 && offset + length <= file.length, 'a read outside of the file');
        read += length;
        return bytes.read(offset, length);
      },
    };
    const guest = refused([ElfError], () => readElf(source));
    if (guest === undefined) return;
    insist(guest.manifest.devices.length <= 63, 'too many devices');
    const memory = random.pick([2, 16, 512]) * MIB;
    const image = refused([ElfError], () => guest.layout(memory));
    let end = LEAST_ADDRESS;
    for (const segment of image?.segments ?? []) {
      const { start, address, fileSize, offset, protection } = segment;
      insist(start >= end && start <= address, 'a segment in the place of another');
      insist(address + fileSize <= segment.end && segment.end <= memory, 'a segment in no memory');
      insist(offset + fileSize <= file.length, 'a segment in no file');
      insist(start % 4096 === 0 && segment.end % 4096 === 0, 'half a page');
      insist((protection & 6) !== 6, 'writable code');
      end = segment.end;
    }
    const symbol = guest.symbolAt(CODE_ADDRESS + random.below(9));
    insist(
      symbol === undefined || /^[\w.$@]{1,100}\+0x[0-9a-f]+$/.test(symbol),
      'a harmful symbol',
    );
    insist(read <= MOST_READ * file.length, 'more reads than bytes');
  },
};
