import t from 'tap';
import { resolveSubmoduleUrl } from '../../../../image-tools/source/submodule-address.ts';

t.test('addresses as git resolves them', async (t) => {
  const rows: [base: string, url: string, address: string][] = [
    ['https://h/a/outer.git', '../inner.git', 'https://h/a/inner.git'],
    ['https://h/a/outer/', '../inner', 'https://h/a/inner'],
    ['https://h/a/outer', './inner', 'https://h/a/outer/inner'],
    ['https://h/a/outer', '../../b/inner', 'https://h/b/inner'],
    ['https://u@h:8443/a/outer', '../inner', 'https://u@h:8443/a/inner'],
    ['git@h:a/outer', '../inner', 'git@h:a/inner'],
    ['git@h:outer', '../inner', 'git@h:inner'],
    ['/home/a/outer', '../inner', '/home/a/inner'],
    ['https://h/a', 'https://other/b', 'https://other/b'],
    ['https://h/a', 'git@other:b', 'git@other:b'],
    ['https://h/a', 'ssh://git@other/b', 'ssh://git@other/b'],
  ];
  for (const [base, url, address] of rows) {
    t.equal(resolveSubmoduleUrl(base, url), address, `${base} ${url}`);
  }
});

t.test('what is no address, or leads above the host', async (t) => {
  const bad = ['ext::sh -c id', '--upload-pack=id', '-x:y', 'inner', 'a b:c', 'fd::3', ''];
  for (const url of [...bad, '../../../x', '../../../../x']) {
    t.throws(() => resolveSubmoduleUrl('https://h/a/outer', url), { code: 'REFUSED' }, url);
  }
});
