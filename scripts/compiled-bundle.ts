import { readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { compileAll } from './compile-all.ts';

/** Writes V8's code for a CommonJS bundle beside it. */
export function writeCompiled(file: string, user: 'guest' | 'tender'): void {
  const code = compileAll(Module.wrap(readFileSync(file, 'utf8')), file, user);
  writeFileSync(`${file}.${process.version}-${process.arch}`, code);
}

/** The program that runs a compiled bundle; `folder` is relative to that program. */
export function runCompiled(folder: string, bundle: string): string {
  const program = readFileSync(join(import.meta.dirname, 'run-compiled.cjs'), 'utf8');
  return program.replaceAll('@FOLDER@', folder).replaceAll('@BUNDLE@', bundle);
}
