import t from 'tap';
import { FoundAddresses } from '../../../../../guest/host/web/found-addresses.ts';
import type { Resource } from '../../../../../guest/host/web/resource.ts';
import { checkSiteOptions } from '../../../../../guest/host/web/site-options.ts';
import type { FileSystem } from '../../../../../guest/reader/index.ts';

t.test('the oldest addresses are forgotten, by what all of them take', async (t) => {
  let described = 0;
  const fs = { exists: () => 'file' } as unknown as FileSystem;
  const addresses = new FoundAddresses(fs, checkSiteOptions({}), (path) => {
    described += 1;
    return { path } as Resource;
  });
  const count = 10_000;
  for (let i = 0; i < count; i += 1) addresses.find(`/${i}`);
  t.equal(described, count);
  t.equal(addresses.known('/0'), undefined);
  t.ok(addresses.known(`/${count - 1}`));
  let kept = 0;
  for (let i = 0; i < count; i += 1) if (addresses.known(`/${i}`) !== undefined) kept += 1;
  t.ok(kept > 3000 && kept < 4000, `${kept} are kept`);
  const long = 'x'.repeat(100_000);
  for (let i = 0; i < 100; i += 1) addresses.find(`/${long}${i}`);
  kept = 0;
  for (let i = 0; i < 100; i += 1) if (addresses.known(`/${long}${i}`) !== undefined) kept += 1;
  t.ok(kept < 40, `${kept} of long ones`);
});

t.test('with clean addresses, every page keeps one', async (t) => {
  const kinds: Record<string, string> = {
    '/about.html': 'file',
    '/about': 'directory',
    '/about/team.html': 'file',
    '/docs.html': 'file',
    '/docs': 'directory',
    '/docs/index.html': 'file',
    '/plain': 'file',
    '/plain.html': 'file',
    '/empty': 'directory',
  };
  const fs = { exists: (path: string) => kinds[path] } as unknown as FileSystem;
  const describe = (path: string) => ({ path }) as Resource;
  const addresses = new FoundAddresses(fs, checkSiteOptions({ cleanUrls: true }), describe);
  const find = (path: string): string | undefined => {
    const found = addresses.find(path);
    if (found === undefined) return undefined;
    if ('location' in found) return `to ${found.location}`;
    return 'resource' in found ? found.resource.path : undefined;
  };
  t.equal(find('/about'), '/about.html', 'the folder beside it has no page');
  t.equal(find('/about.html'), 'to /about');
  t.equal(find('/about/'), undefined);
  t.equal(find('/about/team'), '/about/team.html');
  t.equal(find('/docs'), 'to /docs/', 'the folder has a page');
  t.equal(find('/docs/'), '/docs/index.html');
  t.equal(find('/docs/index.html'), 'to /docs/');
  t.equal(find('/docs.html'), '/docs.html', 'which has no shorter address');
  t.equal(find('/plain'), '/plain');
  t.equal(find('/plain.html'), '/plain.html');
  t.equal(find('/empty'), 'to /empty/');
});
