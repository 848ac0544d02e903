import { Assembler } from '../fixtures/elf/assembler.ts';
import {
  ABI_OFFSET,
  CODE_ADDRESS,
  CODE_OFFSET,
  type ElfPlan,
  emitElf,
  type Header,
  MANIFEST_OFFSET,
  PT_LOAD,
  PT_NOTE,
  R,
  W,
  X,
} from '../fixtures/elf/emit-elf.ts';

/** A unikernel with one defect. */
export interface ElfDefect {
  readonly name: string;
  readonly file: Buffer;
  /** What is said of it, behind its path. */
  readonly message: RegExp;
  /** MiB that it is given; 16 where nobody says otherwise. */
  readonly memory?: number;
}

const DEVICES = [{ name: 'disk', type: 'BLOCK_BASIC' }] as const;
const CODE = new Assembler().syscall(231, 0).bytes();
const MIB = 2 ** 20;
const BEYOND = 2n ** 63n;

function sound(plan: Partial<ElfPlan> = {}): Buffer {
  return emitElf({ target: 'spt', devices: DEVICES, code: CODE, ...plan });
}

const defects: ElfDefect[] = [];
function add(name: string, file: Buffer, message: RegExp, memory?: number): void {
  defects.push({ name, file, message, ...(memory !== undefined && { memory }) });
}

/** Bytes of a sound file changed. */
function patch(name: string, message: RegExp, at: number, ...bytes: number[]): void {
  const file = sound();
  file.set(bytes, at);
  add(name, file, message);
}

/** The segment of the code changed; it is the third program header. */
function segment(name: string, message: RegExp, change: Partial<Header>, memory?: number): void {
  const headers = ([abi, manifest, code]: Header[]) =>
    [abi, manifest, { ...code, ...change }] as Header[];
  add(name, sound({ headers }), message, memory);
}

/** Segments behind that of the code, which has one page. */
function more(name: string, message: RegExp, ...changes: Partial<Header>[]): void {
  const headers = (usual: Header[]) => [
    ...usual,
    ...changes.map((change) => ({
      ...(usual[2] as Header),
      fileSize: 8,
      memorySize: 8,
      ...change,
    })),
  ];
  add(name, sound({ headers }), message);
}

const HEADER = /^Invalid executable: the ELF header \(64 bytes at 0\) is not inside the file/;
add('of four bytes', sound().subarray(0, 4), HEADER);
add('of 40 bytes', sound().subarray(0, 40), HEADER);
add('of 63 bytes', sound().subarray(0, 63), HEADER);
const MACHINE = /^Unsupported executable: it is not for a 64-bit little-endian machine$/;
patch('32 bits', MACHINE, 4, 1);
patch('big-endian', MACHINE, 5, 2);
patch('another version of ELF', /^Unsupported executable: version 2 of ELF$/, 20, 2);
patch('another size of the header', /^Invalid executable: headers of 65 and 56 bytes$/, 52, 65);
patch('another size of program headers', /headers of 64 and 32 bytes$/, 54, 32);
patch('no program headers', /^Invalid executable: it has no program headers$/, 56, 0);
patch('position-independent', /^Not a unikernel: a shared library or a position-indep/, 16, 3);
patch('an object file', /^Not a unikernel: an object file$/, 16, 1);
patch('a type of nobody', /^Not a unikernel: an ELF file of type 9$/, 16, 9);
patch('another machine', /^Unsupported executable: it is for aarch64; unikernels for x/, 18, 183);
patch('a machine of nobody', /it is for machine 9999; /, 18, 0x0f, 0x27);
const TABLE = /^Invalid executable: the table of program headers \(168 bytes at /;
patch('program headers behind the file', TABLE, 32, 0, 0, 16);
patch('program headers at 2^63', TABLE, 32, 0, 0, 0, 0, 0, 0, 0, 0x80);
patch('more program headers than bytes', /program headers \(3669960 bytes/, 56, 0xff, 0xff);
add('cut in its program headers', sound().subarray(0, 100), TABLE);
add('cut in its first note', sound().subarray(0, ABI_OFFSET + 8), /segment 0, a note/);
add('cut in the manifest', sound().subarray(0, MANIFEST_OFFSET + 40), /its manifest \(216 bytes/);

const NO_ABI = /^Not a unikernel: an ELF file without the ABI note of Solo5$/;
patch('no ABI note', NO_ABI, ABI_OFFSET + 8, 0);
patch('a note of somebody else', NO_ABI, ABI_OFFSET + 12, 'X'.charCodeAt(0));
patch('a longer name in the ABI note', NO_ABI, ABI_OFFSET, 7);
add('for virtio', sound({ target: 3 }), /^A unikernel for virtio, not for a tender: build it for/);
add('for nobody', sound({ target: 99 }), /^A unikernel for target 99, not for a tender/);
patch('an old ABI', /^A unikernel for version 1 of the ABI of spt: build it/, ABI_OFFSET + 24, 1);
patch('a new ABI', /^A unikernel for version 3 of the ABI of spt$/, ABI_OFFSET + 24, 3);
patch(
  'an empty ABI note',
  /^Invalid executable: segment 0: note does not fall within valid size: its ABI note of 0 bytes, not 1 to 32$/,
  ABI_OFFSET + 4,
  0,
);
patch('an ABI note of a byte', /^Invalid executable: its ABI note has 1 bytes$/, ABI_OFFSET + 4, 1);
patch('a large ABI note', /its ABI note of 33 bytes, not 1 to 32$/, ABI_OFFSET + 4, 33);
patch(
  'an ABI note beyond its segment',
  /its ABI note of 20 bytes is not inside its segment of 36 bytes$/,
  ABI_OFFSET + 4,
  20,
);
add(
  'a segment too small for a note',
  sound({ headers: ([abi, ...rest]: Header[]) => [{ ...abi, fileSize: 11 } as Header, ...rest] }),
  /^Invalid executable: segment 0 has 11 bytes, too few for a note$/,
);
add(
  'a segment too small for a note of Solo5',
  sound({ headers: ([abi, ...rest]: Header[]) => [{ ...abi, fileSize: 19 } as Header, ...rest] }),
  NO_ABI,
);
add(
  'a note beyond the file',
  sound({ headers: ([abi, ...rest]: Header[]) => [{ ...abi, offset: BEYOND } as Header, ...rest] }),
  /^Invalid executable: segment 0, a note \(20 bytes at 9223372036854776000\) is not inside/,
);

const MANIFEST = MANIFEST_OFFSET + 24;
patch(
  'no manifest',
  /^No manifest found: an ELF file without the manifest/,
  MANIFEST_OFFSET + 8,
  0,
);
patch(
  'an empty manifest note',
  /note does not fall within valid size: its manifest of 4 bytes, not 5 to 6668$/,
  MANIFEST_OFFSET + 4,
  4,
  0,
);
patch('a short manifest', /^Invalid manifest: it has 1 bytes$/, MANIFEST_OFFSET + 4, 5, 0);
patch(
  'a large manifest',
  /its manifest of 6669 bytes, not 5 to 6668$/,
  MANIFEST_OFFSET + 4,
  0x0d,
  0x1a,
);
patch('another version of the manifest', /^Invalid manifest: version 2, not 1$/, MANIFEST, 2);
patch('no entries', /^Invalid manifest: 0 entries, not 1 to 64$/, MANIFEST + 4, 0);
patch('too many entries', /^Invalid manifest: 65 entries, not 1 to 64$/, MANIFEST + 4, 65);
patch('more entries than bytes', /: 216 bytes are not those of 3 entries$/, MANIFEST + 4, 3);
patch('fewer entries than bytes', /: 216 bytes are not those of 1 entries$/, MANIFEST + 4, 1);
const FIRST = /^Invalid manifest: its first entry is not the reserved one$/;
patch('a first entry of another type', FIRST, MANIFEST + 8 + 68, 1, 0, 0, 0);
patch('a first entry with a name', FIRST, MANIFEST + 8, 97);
const DISK = MANIFEST + 8 + 104;
patch('a name without an end', /: the name of entry 1 does not end$/, DISK + 67, 97);
patch('an attached device', /: entry 1 is attached already$/, DISK + 96, 1);
patch('a device without a name', /: the name of entry 1 must be 1 to 67 letters/, DISK, 0);
patch('a name that a terminal obeys', /: the name of entry 1 must be 1 to 67/, DISK, 27, 91);
patch('a device of no type', /: device 'disk' is of the unknown type 0$/, DISK + 68, 0);
patch('a device of type 9', /: device 'disk' is of the unknown type 9$/, DISK + 68, 9);
add(
  'two devices of one name',
  sound({ devices: [...DEVICES, ...DEVICES] }),
  /^Invalid manifest: two devices have the name 'disk'$/,
);

const ENTRY = /^Invalid executable: its entry 0x[0-9a-f]+ is not between 0x100000 and the end/;
patch('an entry of 0', ENTRY, 24, 0, 0, 0);
patch('an entry below all segments', ENTRY, 24, 0xff, 0xff, 0x0f);
patch('an entry at the end of memory', ENTRY, 24, 0, 0, 0, 1);
patch('an entry at 2^63', ENTRY, 24, 0, 0, 0, 0, 0, 0, 0, 0x80);
add('an entry beyond a small memory', Buffer.concat([sound()]).fill(0x21, 26, 27), ENTRY, 2);

const WHAT = '^Invalid executable: segment';
const at = (index: number, text: string) => new RegExp(`${WHAT} ${index} ${text}`);
segment('a segment too low', at(2, 'begins at 0xff000, below 0x100000$'), { address: 0xff000 });
segment('a segment at 0', at(2, 'begins at 0x0, below'), { address: 0 });
segment('an alignment of 0', at(2, 'has an alignment of 0, not a power of two$'), { align: 0 });
segment('an alignment of 3', at(2, 'has an alignment of 3, not a power'), { align: 3 });
segment('an alignment of 2^52 + 1', at(2, 'has an alignment of 4503599627370497'), {
  align: 2 ** 52 + 1,
});
segment('an alignment of 16', at(2, 'is not whole pages \\(alignment 16\\)$'), { align: 16 });
segment('a segment that begins inside a page', at(2, 'is not whole pages'), {
  align: 16,
  address: CODE_ADDRESS + 16,
  memorySize: 4096 - 16,
});
segment('an alignment of 2^63', at(2, 'begins at 0x0, aligned to 0x8000000000000000, below'), {
  align: BEYOND,
});
segment('a segment that alignment lowers', at(2, 'begins at 0x0, aligned to 0x1000000,'), {
  align: 16 * MIB,
});
segment('a segment beyond memory', at(2, 'at 0x1000000 is not inside the memory'), {
  address: 16 * MIB,
});
segment('a segment at 2^63', at(2, 'at 0x8000000000000000 is not inside the memory'), {
  address: BEYOND,
});
segment('a segment longer than memory', at(2, 'ends at 0x1000001, outside of the memory'), {
  fileSize: 15 * MIB + 1,
  memorySize: 15 * MIB + 1,
});
segment('a segment of 2^64 − 1 bytes', at(2, 'ends at 0x1000000000010[0-9a-f]*, outside'), {
  fileSize: 2n ** 64n - 1n,
  memorySize: 2n ** 64n - 1n,
});
segment('fewer bytes in memory than in the file', at(2, 'has 1 bytes in memory, fewer than'), {
  memorySize: 1,
});
segment('more memory than there is', at(2, 'ends at 0x1001000, outside of the memory'), {
  memorySize: 15 * MIB + 1,
});
segment('2^63 bytes of memory', at(2, 'ends at 0x80000000001[0-9a-f]*, outside'), {
  memorySize: BEYOND,
});
segment('an end that alignment raises', at(2, 'ends at 0x1800000, outside'), {
  align: 8 * MIB,
  address: 8 * MIB,
  memorySize: 8 * MIB + 1,
});
segment('a segment behind the file', at(2, `\\(${CODE.length} bytes at 1073741824\\) is not ins`), {
  offset: 2 ** 30,
});
segment('a segment that the file ends in', at(2, '\\(65536 bytes at 4096\\) is not inside the f'), {
  fileSize: 65_536,
  memorySize: 65_536,
});
segment('an offset of 2^64 − 1', at(2, '\\([0-9]+ bytes at 18446744073709552000\\) is not'), {
  offset: 2n ** 64n - 1n,
});
segment('writable code', at(2, 'is both writable and executable$'), { flags: R | W | X });
segment(
  'code beyond 2 MiB',
  at(2, 'ends at 0x201000, outside of the memory of 0x200000'),
  {
    memorySize: MIB + 1,
  },
  2,
);
more(
  'segments in the wrong order',
  at(4, 'at 0x102000 is not in ascending order$'),
  { address: 0x103000 },
  { address: 0x102000 },
);
more('segments that overlap', at(3, 'at 0x100000 overlaps the one before it$'), {
  address: CODE_ADDRESS + 8,
});
more('segments that alignment makes overlap', at(3, 'at 0x100000 overlaps'), {
  address: 0x101000,
  align: 0x100000,
});
more('a second segment that is writable code', at(3, 'is both'), {
  address: 0x102000,
  flags: W | X,
});

/** Each is refused, with its message; the original refuses them too, but for the names of devices. */
export const ELF_DEFECTS: readonly ElfDefect[] = defects;

/** What looks odd, and is usual: accepted by the original too. */
export const ELF_ODDITIES: Readonly<Record<string, Buffer>> = {
  'empty segments anywhere': sound({
    headers: (usual) => [
      ...usual,
      {
        type: PT_LOAD,
        flags: R | W | X,
        offset: 1,
        address: 0,
        fileSize: 0,
        memorySize: BEYOND,
        align: 3,
      },
    ],
  }),
  'no devices': sound({ devices: [] }),
  'no segments at all': sound({ headers: (usual) => usual.slice(0, 2) }),
  'notes of others': sound({
    headers: (usual) => [
      { ...(usual[0] as Header), type: PT_NOTE, offset: CODE_OFFSET, fileSize: 20 },
      ...usual,
    ],
  }),
  'other segments': sound({
    headers: (usual) => [...usual, { ...(usual[2] as Header), type: 0x6474e551, address: BEYOND }],
  }),
  'the last page of memory': sound({
    headers: (usual) => [
      ...usual,
      { ...(usual[2] as Header), address: 16 * MIB - 4096, memorySize: 4096 },
    ],
  }),
  'an entry of Solo5 itself behind the devices': (() => {
    const file = sound();
    file.writeUInt32LE(2 ** 30 + 1, DISK + 68);
    return file;
  })(),
  'OSABI and its version': (() => {
    const file = sound();
    file.set([255, 255], 7);
    return file;
  })(),
};
