// The examples of docs/web.md, each as a server of its own, from the package as npm packs it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import t from 'tap';
import { makeImage } from '../../image-tools/index.ts';
import { freePort } from '../fixtures/free-port.ts';
import { installPacked } from '../fixtures/packed-package.ts';

const root = join(import.meta.dirname, '../..');
const folder = t.testdir({});
const PAGE = `<!doctype html><title>Home</title>${'some words '.repeat(100)}`;

installPacked(folder, ['express', 'hono', '@types', 'typescript']);
mkdirSync(join(folder, 'public/sub'), { recursive: true });
writeFileSync(join(folder, 'public/index.html'), PAGE);
writeFileSync(join(folder, 'public/about.html'), 'about');
writeFileSync(join(folder, 'public/sub/file.txt'), 'file');
await makeImage({ source: join(folder, 'public'), image: join(folder, 'site.img'), web: true });

/** What the page shows, by its headings. */
const examples = readFileSync(join(root, 'docs/web.md'), 'utf8')
  .split(/^## /m)
  .flatMap((section) => {
    const [name = ''] = section.split('\n');
    return [...section.matchAll(/^```(ts|js|cjs)\n(.*?)^```$/gms)].map(
      ([, kind = '', code = '']) => ({
        name: kind === 'cjs' ? `${name}, CommonJS` : name,
        file: `${name.replace(/\W/g, '-')}.${kind === 'cjs' ? 'cjs' : `m${kind}`}`,
        code,
      }),
    );
  });
for (const { file, code } of examples) writeFileSync(join(folder, file), code);

function find(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((place) => join(place, name)).find((file) => existsSync(file));
}

/** Asks until there is an answer, or the server has ended. */
async function answer(url: string, child: ChildProcess): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url);
    } catch (error) {
      if (child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const RUNTIMES: Record<string, readonly string[]> = {
  Deno: ['deno', 'run', '--no-config', '--allow-net', '--allow-read', '--node-modules-dir=manual'],
  Bun: ['bun'],
};

for (const { name, file, code } of examples) {
  const [program = '', ...args] = RUNTIMES[name] ?? [process.execPath, '--no-warnings'];
  const path = find(program) ?? (RUNTIMES[name] ? undefined : program);
  t.test(name, { skip: path === undefined ? `no ${program}` : false }, async (t) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    let ask: (path: string) => Promise<Response>;
    if (name === 'hono') {
      process.chdir(folder);
      const { default: app } = await import(pathToFileURL(join(folder, file)).href);
      ask = async (path) => app.fetch(new Request(`${url}${path}`));
    } else {
      writeFileSync(join(folder, file), code.replace('8080', String(port)));
      // By way of a shell, since tap's own hooks come by NODE_OPTIONS into every child.
      const command = ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', path ?? '', ...args, file];
      const env = { PATH: process.env.PATH, HOME: folder };
      const child = spawn('sh', command, {
        cwd: folder,
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      t.teardown(() => child.kill('SIGKILL'));
      await answer(`${url}/`, child);
      ask = (path) => fetch(`${url}${path}`, { redirect: 'manual' });
    }
    const home = await ask('/');
    t.match(home, { status: 200 });
    t.match(home.headers.get('content-type'), 'text/html');
    const body = Buffer.from(await home.arrayBuffer());
    const isStored = name === 'hono' && home.headers.get('content-encoding') === 'deflate';
    t.equal(String(isStored ? inflateSync(body) : body), PAGE);
    t.match(await ask('/sub'), { status: 301 });
    t.equal((await ask('/sub')).headers.get('location'), '/sub/');
    t.equal(await (await ask('/sub/file.txt')).text(), 'file');
    t.match(await ask('/none'), { status: 404 });
    if (name === 'express' || name === 'hono') {
      t.equal(await (await ask('/api/hello')).json(), 'hello');
      t.equal(await (await ask('/about')).text(), 'about');
    }
    if (name === 'express') {
      t.equal((await ask('/docs/sub')).headers.get('location'), '/docs/sub/');
      t.match(await (await ask('/docs/sub/')).text(), 'file.txt');
    }
  });
}

t.test('their types, strictly', async (t) => {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    noEmit: true,
  };
  const files = examples.map(({ file }) => file).filter((file) => file.endsWith('.mts'));
  t.ok(files.length >= 3);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
  });
  t.same({ status, stdout }, { status: 0, stdout: '' });
});
