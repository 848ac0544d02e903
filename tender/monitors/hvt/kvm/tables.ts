/** Tables of descriptors and pages below the guest's own memory, as Solo5's guests expect them. */
const GDT = 0x1000;
export const GDT_LIMIT = 23;
export const GDT_BASE = GDT;
export const PAGE_TABLE_ROOT = 0x2000;
const DIRECTORY_POINTERS = 0x3000;
/** Four of them, a page each: memory has 4 GiB at most. */
const DIRECTORIES = 0x4000;
const FIRST_TABLE = 0x8000;
/** The code that a processor begins with. */
export const PRELUDE = 0x9000;

const CODE_DESCRIPTOR = 0x00af99000000ffffn;
const DATA_DESCRIPTOR = 0x00cf93000000ffffn;

const PAGE = 0x1000;
const LARGE_PAGE = 0x200000;
const PRESENT = 1;
const WRITABLE = 2;
const LARGE = 0x80;
/** Below nothing is mapped but the prelude; from here to the guest's own memory it is to be read only. */
const BOOT_INFO = 0x10000;
const GUEST_START = 0x100000;

function flagsOfSmallPage(address: number): number {
  if (address < BOOT_INFO) return address === PRELUDE ? PRESENT : 0;
  return address < GUEST_START ? PRESENT : PRESENT | WRITABLE;
}

/** Writes them all; memory is zero where they are. @param memory of whole large pages, 4 GiB at most */
export function writeTables(memory: ArrayBuffer): void {
  const view = new DataView(memory);
  const put = (at: number, value: number | bigint) => view.setBigUint64(at, BigInt(value), true);
  put(GDT + 8, CODE_DESCRIPTOR);
  put(GDT + 16, DATA_DESCRIPTOR);
  const table = PRESENT | WRITABLE;
  put(PAGE_TABLE_ROOT, DIRECTORY_POINTERS | table);
  for (let index = 0; index < 4; index += 1) {
    put(DIRECTORY_POINTERS + 8 * index, (DIRECTORIES + PAGE * index) | table);
  }
  put(DIRECTORIES, FIRST_TABLE | table);
  for (let page = 1; page < memory.byteLength / LARGE_PAGE; page += 1) {
    put(DIRECTORIES + 8 * page, page * LARGE_PAGE + (table | LARGE));
  }
  for (let page = 0; page < 512; page += 1) {
    const flags = flagsOfSmallPage(page * PAGE);
    if (flags !== 0) put(FIRST_TABLE + 8 * page, page * PAGE + flags);
  }
}

/** A port of our own: a processor that reaches it can run SSE. */
export const PROBE_PORT = 0x5ff;

/**
 * What a processor executes before the guest: an instruction of SSE, which some interpreters lack, and a write
 * to {@link PROBE_PORT}. All registers keep their values.
 */
export function prelude(entry: number): Uint8Array {
  const address = new Uint8Array(BigUint64Array.of(BigInt(entry)).buffer);
  return Uint8Array.from([
    ...[0x66, 0x0f, 0xef, 0xc0], // pxor xmm0, xmm0
    ...[0xba, PROBE_PORT & 0xff, PROBE_PORT >> 8, 0, 0], // mov edx, PROBE_PORT
    0xef, // out dx, eax
    ...[0x31, 0xd2], // xor edx, edx
    ...[0xff, 0x25, 0, 0, 0, 0], // jmp [rip + 0]
    ...address,
  ]);
}
