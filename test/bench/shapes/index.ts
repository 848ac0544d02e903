import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { Writer } from './text.ts';

/** A file of a corpus: its path and content. */
type File = readonly [path: string, content: string | Uint8Array];

/** Gives the files of a corpus, round by round, for as long as they are wanted. */
type Shape = (writer: Writer) => Iterable<File>;

interface Pages {
  readonly blocks: number;
  readonly blockBytes: number;
  readonly versions: number;
  readonly edit: (blocks: string[], writer: Writer, block: () => string) => string[];
}

const TEMPLATE_WORDS = 60;

/** Pages of one site, in versions, each edited from the one before. */
function pages({ blocks, blockBytes, versions, edit }: Pages): Shape {
  return function* (writer) {
    const navigation = writer.words(TEMPLATE_WORDS);
    for (let page = 0; ; page += 1) {
      const name = `${writer.word()}/${writer.word()}-${page}.html`;
      const title = writer.sentence();
      const block = () => `<p>${writer.paragraph(blockBytes)}</p>`;
      const count = Math.max(2, Math.round(blocks * (0.5 + writer.random.next())));
      let body = Array.from({ length: count }, block);
      for (let version = 1; version <= versions; version += 1) {
        const head = `<!DOCTYPE html>\n<title>${title}</title>\n<nav>${navigation}</nav>\n`;
        yield [`v${version}/${name}`, `${head}${body.join('\n')}\n<footer>${version}.0</footer>\n`];
        body = edit([...body], writer, block);
      }
    }
  };
}

type Edit = Pages['edit'];

/** Some blocks rewritten in three pages of four. */
const rewriteSome =
  (most: number): Edit =>
  (blocks, writer, block) => {
    if (writer.below(4) === 0) return blocks;
    for (let edits = most; edits > 0; edits -= 1) blocks[writer.below(blocks.length)] = block();
    return blocks;
  };

const insertAndDelete: Edit = (blocks, writer, block) => {
  for (let edits = writer.below(5); edits > 0; edits -= 1) {
    const at = writer.below(blocks.length);
    if (writer.below(2) === 0 || blocks.length < 5) blocks.splice(at, 0, block());
    else blocks.splice(at, 1);
  }
  return blocks;
};

const moveAround: Edit = (blocks, writer) => {
  for (let edits = 1 + writer.below(3); edits > 0; edits -= 1) {
    const moved = blocks.splice(writer.below(blocks.length), 1 + writer.below(4));
    blocks.splice(writer.below(blocks.length + 1), 0, ...moved);
  }
  return blocks;
};

const rewriteThird: Edit = (blocks, writer, block) =>
  blocks.map((old) => (writer.below(3) === 0 ? block() : old));

const changeWords: Edit = (blocks, writer) => {
  for (let edits = 2 + writer.below(12); edits > 0; edits -= 1) {
    const at = writer.below(blocks.length);
    const words = (blocks[at] as string).split(' ');
    words[writer.below(words.length)] = writer.word();
    blocks[at] = words.join(' ');
  }
  return blocks;
};

/** A program in releases: files of many sizes, most of them the same in the next one. */
function* sources(writer: Writer): Iterable<File> {
  for (let module = 0; ; module += 1) {
    const folder = `${writer.word()}/${writer.word()}${module}`;
    const licence = `/*\n * ${writer.paragraph(400)}\n */\n`;
    let files = Array.from({ length: 12 }, (_, i) => ({
      name: `${writer.word()}-${i}.ts`,
      lines: Array.from({ length: 8 + writer.below(300) }, () => writer.statement(1)),
    }));
    for (let release = 1; release <= 8; release += 1) {
      for (const { name, lines } of files) {
        yield [`r${release}/${folder}/${name}`, `${licence}${lines.join('\n')}\n`];
      }
      files = files.map((file) => {
        if (writer.below(3) > 0) return file;
        const lines = [...file.lines];
        for (let edits = 1 + writer.below(8); edits > 0; edits -= 1) {
          const removed = writer.below(4);
          const added = Array.from({ length: writer.below(5) }, () => writer.statement(1));
          lines.splice(writer.below(lines.length + 1), removed, ...added);
        }
        // Now and then a file gets another name.
        const name = writer.below(20) === 0 ? `${writer.word()}-${file.name}` : file.name;
        return { name, lines };
      });
    }
  }
}

/** Packages as npm lays them out: the same licences and helpers everywhere, a build beside its source. */
function* packages(writer: Writer): Iterable<File> {
  const licences = Array.from({ length: 3 }, () => `${writer.paragraph(900)}\n`);
  const helpers = Array.from({ length: 6 }, () =>
    Array.from({ length: 20 }, () => writer.statement(1)).join('\n'),
  );
  for (;;) {
    const name = `${writer.word()}-${writer.word()}`;
    const root = `node_modules/${name}`;
    const version = () => `${writer.below(9)}.${writer.below(30)}.${writer.below(9)}`;
    const dependencies = Object.fromEntries(
      Array.from({ length: writer.below(8) }, () => [writer.word(), `^${version()}`]),
    );
    const manifest = {
      name,
      version: version(),
      license: 'MIT',
      main: 'dist/index.js',
      dependencies,
    };
    yield [`${root}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`];
    yield [`${root}/LICENSE`, licences[writer.below(3)] as string];
    yield [`${root}/README.md`, `# ${name}\n\n${writer.paragraph(200 + writer.below(4000))}\n`];
    for (let file = 1 + writer.below(6); file > 0; file -= 1) {
      const base = writer.word();
      const code = Array.from({ length: 5 + writer.below(150) }, () => writer.statement(1));
      const helper = helpers[writer.below(helpers.length)] as string;
      const text = `${helper}\n${code.join('\n')}\n`;
      yield [`${root}/src/${base}.ts`, text];
      yield [`${root}/dist/${base}.js`, `"use strict";\n${text.replaceAll('const ', 'var ')}`];
      yield [`${root}/dist/${base}.min.js`, text.replaceAll(/\/\/.*\n|\s*\n\s*/g, '')];
    }
  }
}

/** Tables that are exported again and again: some cells change, some rows come. */
function* tables(writer: Writer): Iterable<File> {
  for (let table = 0; ; table += 1) {
    const row = (id: number) =>
      `${id},${writer.word()},${writer.below(100_000) / 100},${writer.hex(8)},2024-${1 + writer.below(12)}-${1 + writer.below(28)}`;
    const rows = Array.from({ length: 200 + writer.below(4000) }, (_, id) => row(id));
    for (let day = 1; day <= 10; day += 1) {
      yield [`day-${day}/table-${table}.csv`, `id,name,price,hash,date\n${rows.join('\n')}\n`];
      for (let edits = rows.length / 60; edits > 0; edits -= 1) {
        const id = writer.below(rows.length);
        rows[id] = row(id);
      }
      for (let added = writer.below(40); added > 0; added -= 1) rows.push(row(rows.length));
    }
  }
}

/** Logs: each day's has what the day before had at its end, and is long. */
function* logs(writer: Writer): Iterable<File> {
  for (let host = 0; ; host += 1) {
    const messages = Array.from({ length: 40 }, () => writer.sentence());
    let seconds = 1_700_000_000 + writer.below(1_000_000);
    const line = () => {
      seconds += writer.below(20);
      return `${new Date(seconds * 1000).toISOString()} host${host} ${writer.word()}[${writer.below(30_000)}]: ${messages[writer.below(40)]} ${writer.hex(6)}`;
    };
    let lines: string[] = [];
    for (let day = 1; day <= 6; day += 1) {
      lines = lines.slice(-1500);
      for (let count = 500 + writer.below(2000); count > 0; count -= 1) lines.push(line());
      yield [`host-${host}/log.${day}`, `${lines.join('\n')}\n`];
    }
  }
}

/** What is compressed already: small archives, and pictures in versions. */
function* compressed(writer: Writer): Iterable<File> {
  for (let number = 0; ; number += 1) {
    const text = writer.paragraph(2000 + writer.below(30_000));
    yield [`archives/${number}.gz`, gzipSync(text)];
    const pixels = writer.noise(2000 + writer.below(10_000));
    yield [`pictures/${number}.png`, deflateSync(pixels)];
    // Another version of it, with the same pixels and other words about them.
    const again = new Uint8Array([...deflateSync(pixels), ...Buffer.from(writer.sentence())]);
    if (number % 3 === 0) yield [`pictures/${number}-2.png`, again];
  }
}

/** Documents of records, in versions: keys are all the same, values are not. */
function* records(writer: Writer): Iterable<File> {
  const keys = Array.from({ length: 12 }, () => writer.identifier());
  for (let number = 0; ; number += 1) {
    const value = () => (writer.below(2) === 0 ? writer.below(1e6) : writer.words(3));
    const items = Array.from({ length: 5 + writer.below(120) }, () =>
      Object.fromEntries(keys.map((key) => [key, value()])),
    );
    for (let version = 1; version <= 5; version += 1) {
      yield [`v${version}/api/${number}.json`, `${JSON.stringify({ version, items }, null, 2)}\n`];
      for (const item of items) {
        if (writer.below(6) === 0) item[keys[writer.below(12)] as string] = value();
      }
    }
  }
}

/** The corpora, by name. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'many-versions': pages({ blocks: 90, blockBytes: 250, versions: 24, edit: rewriteSome(3) }),
  'few-versions': pages({ blocks: 60, blockBytes: 300, versions: 3, edit: rewriteSome(4) }),
  'small-pages': pages({ blocks: 5, blockBytes: 200, versions: 6, edit: rewriteSome(1) }),
  'ten-versions': pages({ blocks: 36, blockBytes: 250, versions: 10, edit: rewriteSome(2) }),
  'large-pages': pages({ blocks: 1500, blockBytes: 300, versions: 8, edit: rewriteSome(20) }),
  'insert-delete': pages({ blocks: 40, blockBytes: 300, versions: 10, edit: insertAndDelete }),
  move: pages({ blocks: 40, blockBytes: 300, versions: 8, edit: moveAround }),
  rewrite: pages({ blocks: 40, blockBytes: 300, versions: 6, edit: rewriteThird }),
  words: pages({ blocks: 40, blockBytes: 300, versions: 12, edit: changeWords }),
  sources,
  packages,
  tables,
  logs,
  records,
  compressed,
};

export interface ShapeOptions {
  readonly seed: number;
  /** Files are written until their contents are this many bytes. */
  readonly bytes: number;
}

/** Writes the corpus `name` into `folder`, the same for the same seed, and tells how much that is. */
export function writeShape(
  name: string,
  folder: string,
  { seed, bytes }: ShapeOptions,
): { files: number; bytes: number } {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`no shape ${name}: ${Object.keys(SHAPES).join(' ')}`);
  let files = 0;
  let written = 0;
  for (const [path, content] of shape(new Writer(seed))) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    files += 1;
    written += Buffer.byteLength(content);
    if (written >= bytes) break;
  }
  return { files, bytes: written };
}
