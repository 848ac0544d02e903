// docteur/fs under real packages that take a file system: each must see an image as it sees the folder.
import fs, {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import express from 'express';
import fastGlob from 'fast-glob';
import git from 'isomorphic-git';
import { memfs } from 'memfs';
import { rollup } from 'rollup';
import send from 'send';
import t from 'tap';
import ts from 'typescript';
import { Union } from 'unionfs';
import webpack from 'webpack';
import { createFs } from '../../guest/host/fs/index.ts';
import { openImageFile } from '../../guest/host/index.ts';
import { makeImage } from '../../image-tools/index.ts';
import { git as runGit } from '../fixtures/git.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'docteur-clients-')));
const root = join(folder, 'files');
const write = (name: string, content: string) => {
  const path = join(root, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
};
write('src/main.js', "import { word } from './word.js';\nimport 'library';\nconsole.log(word);\n");
write('src/word.js', "export const word = 'from an image';\n");
write('src/main.ts', "import { count } from './count';\nexport const twice: string = count * 2;\n");
write('src/count.ts', 'export const count: number = 21;\n');
write('node_modules/library/package.json', '{ "main": "./lib/index.js", "version": "1.2.3" }');
write('node_modules/library/lib/index.js', "module.exports = 'a library';\n");
write(
  'typed/tsconfig.json',
  '{ "compilerOptions": { "strict": true, "target": "es5", "ignoreDeprecations": "6.0", "types": [], "outDir": "out" } }',
);
write(
  'typed/app.ts',
  "import { dep } from 'dep';\nimport { part } from './more/part';\nexport const all: number = dep + part;\n",
);
write('typed/more/part.ts', "export const part: number = 'text'.toUpperCase();\n");
write('typed/node_modules/dep/package.json', '{ "types": "index.d.ts" }');
write('typed/node_modules/dep/index.d.ts', 'export declare const dep: number;\n');
for (const name of ['lib.es5.d.ts', 'lib.decorators.d.ts', 'lib.decorators.legacy.d.ts']) {
  write(`lib/${name}`, fs.readFileSync(join(ts.getDefaultLibFilePath({}), '..', name), 'utf8'));
}
write('site/index.html', `<!doctype html><p>${'words '.repeat(5000)}`);
symlinkSync('src', join(root, 'sources'));
const repository = join(root, 'history');
mkdirSync(repository);
runGit(repository, 'init', '-q', '-b', 'main');
writeFileSync(join(repository, 'file'), 'content\n');
runGit(repository, 'add', '.');
runGit(repository, 'commit', '-q', '-m', 'One');
// `.git` itself would be the source's own, not content.
fs.renameSync(join(repository, '.git'), join(root, 'history.git'));

const file = join(folder, 'disk.img');
await makeImage({ source: root, image: file });
const image = openImageFile(file);
const at = '/img';
const imageFs = createFs(image, { at });
t.teardown(() => {
  image.close();
  rmSync(folder, { recursive: true });
});

t.test('webpack reads its input from an image', async (t) => {
  const { fs: output } = memfs();
  const compiler = webpack({
    mode: 'none',
    context: at,
    entry: `${at}/src/main.js`,
    output: { path: '/out', filename: 'main.js' },
  });
  if (compiler === null) throw new Error('no compiler');
  compiler.inputFileSystem = imageFs as unknown as typeof compiler.inputFileSystem;
  compiler.outputFileSystem = output as unknown as typeof compiler.outputFileSystem;
  const stats = await promisify(compiler.run.bind(compiler))();
  t.strictSame(stats?.toJson({ errors: true }).errors, []);
  const made = String(output.readFileSync('/out/main.js'));
  t.match(made, /from an image/);
  t.match(made, /a library/);
  await promisify(compiler.close.bind(compiler))();
});

t.test('rollup', async (t) => {
  const bundle = await rollup({
    input: `${at}/src/word.js`,
    fs: imageFs.promises as never,
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'es' });
  t.match(output[0].code, /from an image/);
  await bundle.close();
});

t.test('fast-glob', async (t) => {
  const options = { cwd: at, dot: true, onlyFiles: false, followSymbolicLinks: false } as const;
  const onDisk = fastGlob.sync('**/*', { ...options, cwd: root }).sort();
  t.ok(onDisk.length > 30);
  t.strictSame(fastGlob.sync('**/*', { ...options, fs: imageFs }).sort(), onDisk);
  t.strictSame((await fastGlob('**/*', { ...options, fs: imageFs })).sort(), onDisk);
  const followed = { ...options, followSymbolicLinks: true, stats: true } as const;
  const names = fastGlob.sync('sources/*', { ...followed, fs: imageFs }).map(({ path }) => path);
  t.strictSame(
    names.sort(),
    ['count.ts', 'main.js', 'main.ts', 'word.js'].map((n) => `sources/${n}`),
  );
});

t.test('isomorphic-git reads a repository that an image holds', async (t) => {
  const gitdir = `${at}/history.git`;
  const [commit] = await git.log({ fs: imageFs, gitdir });
  t.equal(commit?.commit.message, 'One\n');
  const oid = commit?.oid ?? '';
  const { blob } = await git.readBlob({ fs: imageFs, gitdir, oid, filepath: 'file' });
  t.equal(Buffer.from(blob).toString(), 'content\n');
});

t.test('TypeScript: its System, with the files of an image', async (t) => {
  const isKind = (path: string, kind: 'isFile' | 'isDirectory') =>
    imageFs.statSync(path, { throwIfNoEntry: false })?.[kind]() ?? false;
  const entriesOf = (path: string) => imageFs.readdirSync(path, { withFileTypes: true });
  const found = (path: string, endings: readonly string[] = ['']): string[] =>
    entriesOf(path).flatMap((entry) => {
      const below = join(path, entry.name);
      if (entry.name === 'node_modules') return [];
      if (entry.isDirectory()) return found(below, endings);
      return endings.some((ending) => below.endsWith(ending)) ? [below] : [];
    });
  const system: ts.System = {
    ...ts.sys,
    getCurrentDirectory: () => at,
    fileExists: (path) => isKind(path, 'isFile'),
    directoryExists: (path) => isKind(path, 'isDirectory'),
    readFile: (path) => (isKind(path, 'isFile') ? imageFs.readFileSync(path, 'utf8') : undefined),
    getDirectories: (path) =>
      entriesOf(path).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])),
    readDirectory: (path, endings) => found(path, endings),
    realpath: (path) => imageFs.realpathSync(path),
    writeFile: (path, data) => imageFs.writeFileSync(path, data),
  };
  const read = ts.readConfigFile(`${at}/typed/tsconfig.json`, system.readFile);
  const config = ts.parseJsonConfigFileContent(read.config, system, `${at}/typed`);
  t.strictSame(config.errors, []);
  t.strictSame(config.fileNames, [`${at}/typed/app.ts`, `${at}/typed/more/part.ts`]);
  // The compiler's own files come out of the image too: nothing but the image is read.
  const host = ts.createIncrementalCompilerHost(config.options, system);
  host.getDefaultLibLocation = () => `${at}/lib`;
  host.getDefaultLibFileName = () => `${at}/lib/lib.es5.d.ts`;
  const rootNames = config.fileNames;
  const program = ts.createIncrementalProgram({ rootNames, options: config.options, host });
  const errors = ts.getPreEmitDiagnostics(program.getProgram()).map(({ file, messageText }) => {
    return [file?.fileName, messageText];
  });
  t.strictSame(errors, [
    [`${at}/typed/more/part.ts`, "Type 'string' is not assignable to type 'number'."],
  ]);
  const files = program.getSourceFiles().map(({ fileName }) => fileName);
  t.ok(files.includes(`${at}/typed/node_modules/dep/index.d.ts`));
  t.strictSame(
    files.filter((name) => !name.startsWith(at)),
    [],
  );
  t.throws(() => system.writeFile(`${at}/typed/app.js`, ''), { code: 'EROFS' });
});

t.test('TypeScript, whose CompilerHost stands on it', async (t) => {
  const host = ts.createCompilerHost({ noLib: true });
  host.readFile = (path) =>
    imageFs.existsSync(path) ? imageFs.readFileSync(path, 'utf8') : undefined;
  host.fileExists = (path) => imageFs.statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  host.directoryExists = (path) =>
    imageFs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  host.getDirectories = (path) =>
    imageFs
      .readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  host.realpath = (path) => imageFs.realpathSync(path);
  host.getSourceFile = (path, options) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, options);
  };
  const program = ts.createProgram([`${at}/src/main.ts`], { noLib: true, types: [] }, host);
  const errors = program.getSemanticDiagnostics().map(({ messageText }) => messageText);
  t.strictSame(errors, ["Type 'number' is not assignable to type 'string'."]);
});

t.test('unionfs: an image below a folder that can be written', async (t) => {
  const { fs: upper } = memfs({ '/img/src/word.js': 'changed' });
  const union = new Union();
  union.use(imageFs as never).use(upper as never);
  t.equal(String(union.readFileSync('/img/src/word.js')), 'changed');
  t.match(String(union.readFileSync('/img/src/count.ts')), /21/);
  t.strictSame((union.readdirSync('/img/src') as string[]).sort(), [
    'count.ts',
    'main.js',
    'main.ts',
    'word.js',
  ]);
  const text = await promisify(union.readFile.bind(union) as never)('/img/src/main.ts' as never);
  t.match(String(text), /twice/);
});

const SERVERS: Record<string, http.RequestListener> = {
  send: (request, response) => {
    send(request, request.url ?? '', { root: `${at}/site` }).pipe(response);
  },
  // It is the package serve-static.
  'express.static': express().use(express.static(`${at}/site`)),
};

for (const [name, listener] of Object.entries(SERVERS)) {
  t.test(`${name} answers requests, ranges and conditions out of an image`, async (t) => {
    // It takes no file system of its own: only what it reads through node:fs is exchanged for the call.
    const originals = { stat: fs.stat, createReadStream: fs.createReadStream };
    Object.assign(fs, { stat: imageFs.stat, createReadStream: imageFs.createReadStream });
    t.teardown(() => Object.assign(fs, originals));
    const server = http.createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const whole = await fetch(`${address}/`);
    const content = originals.createReadStream(join(root, 'site/index.html'));
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part);
    t.equal(await whole.text(), String(Buffer.concat(parts)));
    t.match(whole.headers.get('content-type'), 'text/html');
    const part = await fetch(`${address}/index.html`, { headers: { range: 'bytes=20-29' } });
    t.equal(part.status, 206);
    t.equal(await part.text(), String(Buffer.concat(parts).subarray(20, 30)));
    const etag = whole.headers.get('etag') ?? '';
    // fetch would ask for no cached answer.
    const headers = { 'if-none-match': etag };
    const status = await new Promise((resolve) => {
      http.get(`${address}/`, { headers, agent: false }, (answer) =>
        resolve(answer.resume().statusCode),
      );
    });
    t.equal(status, 304);
    t.equal((await fetch(`${address}/absent`)).status, 404);
  });
}
