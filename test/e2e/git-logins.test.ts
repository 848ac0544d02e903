// A login in an address: for that scheme, host and port alone, and whether it is asked for or not.
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { git, makeRepository } from '../fixtures/git.ts';
import { startHttp } from '../fixtures/git-servers.ts';
import { runTool, type ToolOutcome } from '../fixtures/tools.ts';

const scratch = t.testdir({ home: {}, tmp: {}, served: {} });
const image = join(scratch, 'disk.img');
makeRepository(join(scratch, 'work'), { a: 'a' });
git(scratch, 'clone', '-q', '--mirror', 'work', join(scratch, 'served/repo.git'));

function make(address: string, env: Record<string, string> = {}): Promise<ToolOutcome> {
  const own = {
    HOME: join(scratch, 'home'),
    TMPDIR: join(scratch, 'tmp'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
  return runTool('docteur.make', ['-q', '--timeout', '20', address, image], {
    env: { ...own, no_proxy: '127.0.0.1', ...env },
  });
}

async function listen(
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that wants a login by `status` and its two headers, and keeps what it is given. */
async function listenForLogins(t: Test, status: 401 | 407) {
  const logins: string[] = [];
  const [asks, gives] =
    status === 401
      ? ['WWW-Authenticate', 'authorization']
      : ['Proxy-Authenticate', 'proxy-authorization'];
  const port = await listen(t, ({ headers }, response) => {
    const login = headers[gives] as string | undefined;
    if (login === undefined) {
      response.writeHead(status, { [asks]: 'Basic realm="other"' }).end();
      return;
    }
    logins.push(Buffer.from(login.replace('Basic ', ''), 'base64').toString());
    response.writeHead(403).end();
  });
  return { port, logins };
}

for (const first of ['redirects at once', 'asks for the login first']) {
  t.test(`a server that ${first}: another port, another name`, async (t) => {
    const other = await listenForLogins(t, 401);
    const port = await listen(t, ({ url, headers }, response) => {
      if (first.startsWith('asks') && headers.authorization === undefined) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="named"' }).end();
      } else {
        const host = url?.includes('by-name') ? 'localhost' : '127.0.0.1';
        response.writeHead(302, { Location: `http://${host}:${other.port}${url}` }).end();
      }
    });
    for (const login of ['ann:s3cret', ':s3cret']) {
      for (const path of ['repo.git', 'by-name.git']) {
        const outcome = await make(`http://${login}@127.0.0.1:${port}/${path}`);
        t.equal(outcome.status, 69, outcome.stderr);
        t.notMatch(outcome.stderr, /s3cret/);
        if (login === ':s3cret') {
          t.match(outcome.stderr, /error: 302\n$/, 'not followed at all');
          continue;
        }
        t.match(
          outcome.stderr,
          `; the login in the address is for http://127.0.0.1:${port} alone\n`,
        );
      }
    }
    t.strictSame(
      other.logins.filter((login) => login.includes('s3cret')),
      [],
    );
  });
}

t.test('a proxy that asks for a login of its own', async (t) => {
  const proxy = await listenForLogins(t, 407);
  for (const user of ['', 'bob@']) {
    const outcome = await make('http://ann:s3cret@127.0.0.1:9/repo.git', {
      http_proxy: `http://${user}localhost:${proxy.port}`,
      no_proxy: '',
    });
    t.equal(outcome.status, 69, outcome.stderr);
  }
  t.strictSame(
    proxy.logins.filter((login) => login.includes('s3cret')),
    [],
  );
});

t.test('a server that gives to everybody, and one half of the login empty', async (t) => {
  const open = await startHttp(join(scratch, 'served'));
  t.teardown(() => open.close());
  for (const login of ['ann:secret', 'token:', ':token', 'ann%40corp:secret']) {
    const made = await make(`http://${login}@127.0.0.1:${open.port}/repo.git`);
    t.equal(made.status, 0, `${login}, not asked for: ${made.stderr}`);
    const server = await startHttp(join(scratch, 'served'), { login: decodeURIComponent(login) });
    const asked = await make(`http://${login}@127.0.0.1:${server.port}/repo.git`);
    await server.close();
    t.equal(asked.status, 0, `${login}, asked for: ${asked.stderr}`);
  }
});

t.test('a helper of the user keeps nothing of it', async (t) => {
  const log = join(scratch, 'home/helper.log');
  mkdirSync(join(scratch, 'other-home'));
  const server = await startHttp(join(scratch, 'served'), { login: 'ann:secret' });
  t.teardown(() => server.close());
  const made = await make(`http://ann:secret@127.0.0.1:${server.port}/repo.git`, {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: `!f() { echo "$1" >> '${log}'; }; f`,
  });
  t.equal(made.status, 0, made.stderr);
  t.throws(() => readFileSync(log), { code: 'ENOENT' });
});
