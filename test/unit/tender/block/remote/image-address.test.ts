import { join } from 'node:path';
import t from 'tap';
import { isRemote, parseImageAddress } from '../../../../../tender/block/remote/image-address.ts';

t.test('what is elsewhere, and what is a file', async (t) => {
  for (const [text, kind] of [
    ['https://h/x', 'http'],
    ['HTTP://h', 'http'],
    ['nbd://h/x', 'nbd'],
    ['nbds://h', 'nbd'],
    ['nbd+unix:///?socket=s', 'nbd'],
    ['nbds+unix:///?socket=s', 'nbd'],
    ['qemu:disk.qcow2', 'qemu'],
    ['qemu:json:{}', 'qemu'],
  ] as const) {
    t.strictSame(parseImageAddress(text), { kind, text });
    t.ok(isRemote(text));
  }
  for (const path of ['disk.img', './https://h', 'http:/x', 'qemu.img', 'nbd:x', '']) {
    t.strictSame(parseImageAddress(path), { kind: 'file', path });
    t.notOk(isRemote(path));
  }
});

t.test('file addresses', async (t) => {
  for (const [text, path] of [
    ['file:disk.img', join(process.cwd(), 'disk.img')],
    ['file:///a/b%20c%3F', '/a/b c?'],
    ['FILE://localhost/a', '/a'],
    ['file:/a', '/a'],
  ] as const) {
    t.strictSame(parseImageAddress(text), { kind: 'file', path }, text);
  }
  for (const text of [
    'file://host/a',
    'file:///a?b',
    'file:///a#b',
    'file:///a%2Fb',
    'file:a%00',
  ]) {
    t.throws(
      () => parseImageAddress(text),
      { name: 'TenderError', message: /not the address of/ },
      text,
    );
  }
});
