// Compiles the AssemblyScript sources in the wasm/ folders and writes each module beside them as a
// TypeScript file, for a guest has no file to load it from. Run after a change there; `make check`
// compares.
// usage: node scripts/build-wasm.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Module {
  /** The sources' entry. */
  readonly entry: string;
  /** The generated file. */
  readonly file: string;
  /** Name of the generated constant. */
  readonly constant: string;
  /** Its memory in pages of 64 KiB; without, it grows by itself. */
  readonly pages?: number;
  /** How many pages the host may let it grow to; `pages` if absent. */
  readonly maxPages?: number;
}

const FORMAT = 'image-tools/format/wasm';
const PACK = 'image-tools/pack/wasm';
const OBJECTS = { constant: 'OBJECTS_WASM', pages: 4, maxPages: 65_536 };

const MODULES: readonly Module[] = [
  { ...OBJECTS, entry: `${FORMAT}/objects/index.ts`, file: `${FORMAT}/objects.ts` },
  { ...OBJECTS, entry: `${FORMAT}/objects/reads.ts`, file: `${FORMAT}/objects-of-browsers.ts` },
  {
    entry: `${FORMAT}/sha1/index.ts`,
    file: `${FORMAT}/sha1.ts`,
    constant: 'SHA1_WASM',
    pages: 1,
  },
  { entry: `${PACK}/kernel/index.ts`, file: `${PACK}/kernel.ts`, constant: 'KERNEL_WASM' },
];

function compile({ entry, pages, maxPages = pages }: Module): Uint8Array {
  const temporary = mkdtempSync(join(tmpdir(), 'docteur-wasm-'));
  try {
    const output = join(temporary, 'out.wasm');
    const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
    if (pages !== undefined) {
      options.push(`--initialMemory=${pages}`, `--maximumMemory=${maxPages}`);
    }
    execFileSync(join(root, 'node_modules/.bin/asc'), [entry, '-o', output, ...options], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    return readFileSync(output);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** The bytes with an empty custom section after them, where whole words need one. */
function padToWords(bytes: Uint8Array): Uint8Array {
  const padding = (4 - (bytes.length % 4)) % 4;
  if (padding === 0) return bytes;
  // Section 0, its size, and an empty name: three bytes at least.
  const length = padding < 3 ? padding + 4 : padding;
  const padded = new Uint8Array(bytes.length + length);
  padded.set(bytes);
  padded[bytes.length + 1] = length - 2;
  return padded;
}

/**
 * The text of a generated file: words, as signed numbers, in a string that costs nothing until it is
 * parsed. Single bytes would take twice as long then.
 */
function encodeModule({ constant, entry }: Module, bytes: Uint8Array): string {
  const padded = padToWords(bytes);
  const view = new DataView(padded.buffer, padded.byteOffset);
  const words = Array.from({ length: padded.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  return [
    `// Written by scripts/build-wasm.ts from ${basename(dirname(entry))}/: do not edit.`,
    `export const ${constant} =`,
    `  '${words.join()}';`,
    '',
  ].join('\n');
}

for (const module of MODULES) {
  const path = join(root, module.file);
  const text = encodeModule(module, compile(module));
  if (process.argv.includes('--check')) {
    if (readFileSync(path, 'utf8') !== text) {
      process.stderr.write(`${path} is not what its sources give: run scripts/build-wasm.ts\n`);
      process.exitCode = 1;
    }
  } else {
    writeFileSync(path, text);
  }
}
