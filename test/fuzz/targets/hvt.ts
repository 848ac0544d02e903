// What guests of hvt hand to their tender: the structs of hypercalls, and traps that a guest forged.
import { HostError } from '../../../tender/base/errors.ts';
import { checkDevice } from '../../../tender/block/filters/checked.ts';
import { createMemoryDevice } from '../../../tender/block/memory-device.ts';
import { GuestFault, GuestMemory } from '../../../tender/monitors/hvt/guest-memory.ts';
import { type HypercallContext, serveHypercall } from '../../../tender/monitors/hvt/hypercalls.ts';
import { CONTROL, CONTROL_BYTES, Control } from '../../../tender/monitors/hvt/launch/layout.ts';
import { processEngine } from '../../../tender/monitors/hvt/process/process-engine.ts';
import { Frame } from '../../../tender/monitors/hvt/process/trap-code.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist, refused } from '../target.ts';

const MEMORY = 0x108000;
const LOW = 0x100000;
/** Code: neither guest nor tender may write there. */
const CODE_END = 0x101000;
const STRUCT = 0x104000;
/** Filled anew from here on, and looked at: nothing is written below. */
const FIRST = LOW - 0x1000;
const BYTES = new Uint8Array(MEMORY);

/** A number of 64 bits, at an edge of memory or of numbers more often than not. */
function edge(random: Random): bigint {
  const base = random.pick([
    0,
    1,
    512,
    4096,
    LOW,
    CODE_END,
    STRUCT,
    MEMORY,
    2 ** 31,
    2 ** 32,
    2 ** 53,
  ]);
  const value = BigInt(base) + BigInt(random.below(65)) - 32n;
  return BigInt.asUintN(64, random.oneIn(8) ? value << BigInt(random.below(64)) : value);
}

/** Memory whose bytes say what was written: it is made anew where an execution changed it. */
function newMemory(random: Random): { buffer: ArrayBuffer; memory: GuestMemory } {
  BYTES.fill(0, FIRST);
  const view = new DataView(BYTES.buffer);
  for (const at of [FIRST, STRUCT, LOW, CODE_END, MEMORY - 64]) {
    for (let word = 0; word < 8; word += 1) view.setBigUint64(at + 8 * word, edge(random), true);
  }
  const ranges = [
    { start: 0, end: LOW },
    { start: LOW, end: CODE_END },
  ];
  return { buffer: BYTES.buffer, memory: new GuestMemory(BYTES.buffer, ranges) };
}

function newContext(memory: GuestMemory, disk: Uint8Array, writable: boolean): HypercallContext {
  return {
    memory,
    devices: [
      undefined,
      { blocks: checkDevice(createMemoryDevice(disk, 512, writable)) },
      { frames: { read: (into) => (into.length > 9 ? 9 : undefined), write() {} } },
    ],
    write: () => undefined,
    wallClock: () => 2n ** 64n - 1n,
    poll: () => 4n,
  };
}

export const hypercallTarget: FuzzTarget = {
  name: 'hypercalls',
  run(random) {
    const { buffer, memory } = newMemory(random);
    const disk = random.bytes(2048);
    const before = Buffer.from(disk);
    const writable = random.oneIn(2);
    const context = newContext(memory, disk, writable);
    const low = Buffer.from(buffer.slice(FIRST, CODE_END));
    for (let call = 0; call < 4; call += 1) {
      const port = 0x500 + random.below(10);
      const gpa = random.oneIn(2) ? STRUCT : Number(edge(random) & 0xffffffffn);
      const served = refused([GuestFault], () => serveHypercall(context, port, gpa));
      insist(!(served instanceof Promise), 'it waits, though no device does');
      if (served === undefined) continue;
      insist(port === 0x508 && served.status >= 0 && served.status <= 255, 'an end without a halt');
    }
    insist(
      low.equals(new Uint8Array(buffer, FIRST, CODE_END - FIRST)),
      'memory was written that is protected',
    );
    insist(writable || disk.equals(before), 'a read-only disk was written');
  },
};

export const trapTarget: FuzzTarget = {
  name: 'traps',
  run(random) {
    const { buffer, memory } = newMemory(random);
    const code = new Uint8Array(buffer, LOW, 64);
    code.set(random.bytes(64));
    for (let at = 0; at < 48; at += 16) {
      code.set(
        random.pick([[0xef], [0x0f, 0x01], [0x0f, 0x00], [0x0f, 0x20], [0x0f, 0x30], [0x48, 0xcb]]),
        at,
      );
    }
    const low = Buffer.from(buffer.slice(FIRST, CODE_END));
    const control = new ArrayBuffer(CONTROL_BYTES);
    const view = new DataView(control);
    const mapping = { address: 0n, view: () => control, unmap() {} };
    const shared = { fd: -1, mapping, memorySize: MEMORY };
    const image = { memory: MEMORY, entry: LOW, end: CODE_END, segments: [] };
    const processor = processEngine.attach(shared, memory, image);
    for (let turn = 0; turn < 6; turn += 1) {
      const at = 4096 + 8 * random.below((CONTROL_BYTES - 4096) / 8 - 32);
      for (let field = Frame.R8; field <= Frame.CR2; field += 8) {
        view.setBigUint64(at + field, edge(random), true);
      }
      view.setBigUint64(
        at + Frame.VECTOR,
        BigInt(random.pick([13, 13, 13, 14, 6, 0, random.below(300)])),
        true,
      );
      if (!random.oneIn(4))
        view.setBigUint64(at + Frame.RIP, BigInt(LOW + 16 * random.below(4)), true);
      const frame = random.oneIn(8) ? edge(random) : BigInt(CONTROL + at);
      view.setBigUint64(Control.FRAME, frame, true);
      const asked = refused([GuestFault, HostError], () => processor.takeTurn());
      insist(asked === undefined || asked.port <= 0xffff, 'a port that there is not');
    }
    insist(
      low.equals(new Uint8Array(buffer, FIRST, CODE_END - FIRST)),
      'memory was written that is protected',
    );
  },
};
