// Why a processor of KVM stopped, as its page says (struct kvm_run of <linux/kvm.h>).
import t from 'tap';
import { decodeExit } from '../../../../../tender/monitors/hvt/kvm/structs.ts';

function page(reason: number, write: (view: DataView) => void = () => {}): DataView {
  const view = new DataView(new ArrayBuffer(128));
  view.setUint32(8, reason, true);
  write(view);
  return view;
}

/** A write of 4 bytes to port 0x505, but for what is changed. */
function port(change: (view: DataView) => void = () => {}): DataView {
  return page(2, (view) => {
    view.setUint8(32, 1);
    view.setUint8(33, 4);
    view.setUint16(34, 0x505, true);
    view.setUint32(36, 1, true);
    view.setBigUint64(40, 4096n, true);
    change(view);
  });
}

t.test('ports', async (t) => {
  t.same(decodeExit(port()), { kind: 'out', port: 0x505 });
  for (const change of [
    (view: DataView) => view.setUint8(32, 0),
    (view: DataView) => view.setUint8(33, 2),
    (view: DataView) => view.setUint32(36, 2, true),
    (view: DataView) => view.setBigUint64(40, 8192n, true),
  ]) {
    t.same(decodeExit(port(change)), { kind: 'other port', port: 0x505 });
  }
});

t.test('others', async (t) => {
  t.same(decodeExit(page(5)), { kind: 'halt' });
  t.same(decodeExit(page(8)), { kind: 'shutdown' });
  t.same(decodeExit(page(99)), { kind: 'other', reason: 99 });
  const failed = page(9, (view) => view.setBigUint64(32, 7n, true));
  t.same(decodeExit(failed), { kind: 'failed entry', reason: 7n });
  const memory = page(6, (view) => view.setBigUint64(32, 2n ** 63n, true));
  t.same(decodeExit(memory), { kind: 'memory', address: 2n ** 63n });
});

t.test('an instruction that is not known', async (t) => {
  const unknown = (words: number, flags: number, length: number) =>
    page(17, (view) => {
      view.setUint32(32, 1, true);
      view.setUint32(36, words, true);
      view.setBigUint64(40, BigInt(flags), true);
      view.setUint8(48, length);
      for (let at = 49; at < 128; at += 1) view.setUint8(at, at);
    });
  t.match(decodeExit(unknown(3, 1, 4)), { suberror: 1, instruction: [49, 50, 51, 52] });
  t.match(decodeExit(unknown(3, 1, 255)), { instruction: { length: 15 } });
  t.match(decodeExit(unknown(3, 0, 4)), { instruction: { length: 0 } });
  t.match(decodeExit(unknown(0, 1, 4)), { instruction: { length: 0 } });
});
