// What a website says of the time of its commit, which may be any number.
import t from 'tap';
import { memorySource } from '#format';
import { createHandler } from '../../../../../guest/host/web/index.ts';
import { mount } from '../../../../../guest/reader/index.ts';
import { Forge } from '../../../../fixtures/forge.ts';
import { commitText, treeEntry } from '../../../../fixtures/forge-bytes.ts';

function siteOf(seconds: string) {
  const forge = new Forge();
  const tree = forge.add('tree', treeEntry('100644', 'a', forge.add('blob', Buffer.from('x'))));
  const person = `a <a@b> ${seconds} +0000`;
  forge.add('commit', commitText(tree, `author ${person}\ncommitter ${person}\n\nx`));
  const handler = createHandler(mount(memorySource(forge.build())), { listing: true });
  return (path: string, headers: Record<string, string> = {}) =>
    handler(new Request(`http://localhost${path}`, { headers }));
}

for (const [seconds, text] of [
  ['1600000000', 'Sun, 13 Sep 2020 12:26:40 GMT'],
  ['0', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['-99999', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['9000000000', undefined],
  ['999999999999999', undefined],
] as const) {
  t.test(`a commit of ${seconds}`, async (t) => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const get = siteOf(seconds);
    const said = get('/a').headers.get('last-modified') as string;
    if (text === undefined) {
      t.ok(Date.parse(said) >= before && Date.parse(said) <= Date.now(), said);
      t.match(said, / GMT$/);
    } else t.equal(said, text);
    t.equal(get('/a', { 'if-modified-since': said }).status, 304);
    t.equal(get('/', { 'if-modified-since': said }).status, 304);
    t.equal(get('/a', { 'if-unmodified-since': said }).status, 200);
    t.equal(get('/a', { range: 'bytes=0-0', 'if-range': said }).status, 206);
  });
}
