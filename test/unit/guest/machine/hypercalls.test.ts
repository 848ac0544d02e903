// A guest's drivers and the tender's devices in one process, without a process or a global between.
import t from 'tap';
import { Result } from '#abi';
import { createHypercalls } from '../../../../guest/machine/hypercalls.ts';
import { RequestError } from '../../../../tender/block/block-device.ts';
import { makeFaulty } from '../../../../tender/block/filters/faulty.ts';
import { createMemoryDevice } from '../../../../tender/block/memory-device.ts';
import { machineOf } from '../../../fixtures/machine.ts';

const bytes = Uint8Array.from({ length: 8192 }, (_, at) => at >> 9);

t.test('two machines, each with its own memory and devices', async (t) => {
  const one = createHypercalls(machineOf({ disk: createMemoryDevice(bytes) }).machine);
  const other = createHypercalls(
    machineOf({ a: createMemoryDevice(new Uint8Array(512)), b: createMemoryDevice(bytes, 4096) })
      .machine,
  );
  t.same(one.blockDevices(), ['disk']);
  t.same(other.blockDevices(), ['a', 'b']);
  t.match(one.blockAcquire('disk'), { result: Result.OK, handle: 1, info: { capacity: 8192 } });
  t.equal(one.blockAcquire('b').result, Result.EINVAL);
  t.match(other.blockAcquire('b'), { handle: 2, info: { blockSize: 4096, readOnly: true } });
  const left = other.sharedMemoryLeft();
  t.ok(one.allocateShared(100_000));
  t.equal(other.sharedMemoryLeft(), left, 'memory of one is not the other’s');
  const sector = new Uint8Array(512);
  t.equal(one.blockRead(1, 1024, sector), Result.OK);
  t.equal(sector[0], 2);
});

t.test('shared memory is aligned, and has an end', async (t) => {
  const { machine } = machineOf({ disk: createMemoryDevice(bytes) });
  const calls = createHypercalls(machine);
  const first = calls.allocateShared(100);
  const second = calls.allocateShared(100);
  t.equal((first?.byteOffset ?? 1) % 512, 0);
  t.equal((second?.byteOffset ?? 0) - (first?.byteOffset ?? 0), 512);
  t.equal(calls.allocateShared(machine.memory.byteLength), undefined);
  t.ok(calls.allocateShared(1000), 'what was refused took nothing');
});

t.test('a device that fails some of a batch', async (t) => {
  const disk = makeFaulty(createMemoryDevice(bytes), ({ offset }) =>
    offset === 1536 ? { error: new RequestError('bad sector') } : undefined,
  );
  const calls = createHypercalls(machineOf({ disk }).machine);
  calls.blockAcquire('disk');
  const batch = (offsets: number[]) =>
    calls.blockReadBatch(
      1,
      offsets.map((offset) => ({ offset, into: calls.allocateShared(512) as Uint8Array })),
    );
  t.equal(batch([0, 512, 1024]), Result.OK);
  t.equal(batch([0, 1536, 1024]), Result.EUNSPEC);
  t.equal(batch([512]), Result.OK, 'the device goes on');
  const into = calls.allocateShared(512) as Uint8Array;
  const end = calls.blockReadBegin(1, [{ offset: 1536, into }]);
  t.equal(end?.(), Result.EUNSPEC);
  t.equal(calls.blockReadBegin(1, [{ offset: 1, into }]), undefined);
});

t.test('what is not for devices', async (t) => {
  const { machine, said } = machineOf({});
  const calls = createHypercalls(machine);
  calls.consoleWrite('text');
  calls.consoleWrite(Uint8Array.of(104, 105));
  calls.log('a line');
  calls.markPhase('mount');
  t.same(said, ['text', 'hi', 'a line', 'mount']);
  t.same(calls.commandLine(), ['one', 'two words']);
  t.same([calls.clockMonotonic(), calls.clockWall()], [5n, 7n]);
  t.throws(() => calls.exit(3), { message: 'exit 3' });
  t.throws(() => calls.abort(), { message: 'exit 255' });
});
