// Compiles the AssemblyScript sources under image-tools/format/wasm/ and writes each module beside
// them as a TypeScript file, for a guest has no file to load it from. Run after a change there; a
// test compares.
// usage: node scripts/build-wasm.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Each module: the name of its folder, of the constant, and its memory in pages of 64 KiB. */
const MODULES = [
  { name: 'inflate', constant: 'INFLATE_WASM', pages: 4 },
  { name: 'sha1', constant: 'SHA1_WASM', pages: 1 },
];

function compile(name: string, pages: number): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'docteur-wasm-'));
  try {
    const output = join(folder, 'out.wasm');
    const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
    const memory = [`--initialMemory=${pages}`, `--maximumMemory=${pages}`];
    const source = `image-tools/format/wasm/${name}/index.ts`;
    execFileSync(
      join(root, 'node_modules/.bin/asc'),
      [source, '-o', output, ...options, ...memory],
      { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] },
    );
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of a generated file: base64, which costs nothing until it is decoded. */
function encodeModule(constant: string, name: string, bytes: Uint8Array): string {
  return [
    `// Written by scripts/build-wasm.ts from ${name}/: do not edit.`,
    `export const ${constant} =`,
    `  '${Buffer.from(bytes).toString('base64')}';`,
    '',
  ].join('\n');
}

for (const { name, constant, pages } of MODULES) {
  const path = join(root, `image-tools/format/wasm/${name}.ts`);
  const text = encodeModule(constant, name, compile(name, pages));
  if (process.argv.includes('--check')) {
    if (readFileSync(path, 'utf8') !== text) {
      process.stderr.write(`${path} is not what its sources give: run scripts/build-wasm.ts\n`);
      process.exitCode = 1;
    }
  } else {
    writeFileSync(path, text);
  }
}
