import t from 'tap';
import { hidePassword, hidePasswordsOf } from '../../../../tender/base/passwords.ts';

t.test('passwords of addresses', async (t) => {
  const cases: [string, string][] = [
    ['https://ann:secret@host/x', 'https://ann@host/x'],
    ['HTTPS://ann:sec@ret@host/x', 'HTTPS://ann@host/x'],
    ['ftp://:sec/r?e#t@host', 'ftp://@host'],
    ['https:/ann:a secret@host/x', 'https:/ann@host/x'],
    ['--x=https://ann:12345@host', '--x=https://ann@host'],
    ['https://host:8080/p@th', 'https://host:8080/p@th'],
    ['https://ann@host:8080/x', 'https://ann@host:8080/x'],
    ['git@host:path', 'git@host:path'],
    ['--b=https://host/x?sig=1&b=c', '--b=https://host/x?...'],
    ['nbd+unix:///?socket=s', 'nbd+unix:///?socket=s'],
  ];
  for (const [argument, hidden] of cases) t.equal(hidePassword(argument), hidden);
  const args = ['', 'b', 'ftp://u:s$&ecret@h/x'];
  t.equal(hidePasswordsOf(args, 'got 2: b, ftp://u:s$&ecret@h/x.'), 'got 2: b, ftp://u@h/x.');
});
