import { isBuiltin } from 'node:module';
import type { BuildFailure, Message } from 'esbuild';
import { wordsInMessage } from '../host/system-words.ts';
import { BuildError } from './errors.ts';

/** The name that esbuild gives to what we put around an app. */
const WRAPPER = '<stdin>';

/** esbuild's first message as a BuildError; any other error is returned unchanged. */
export function describeFailure(error: unknown): unknown {
  const first = (error as Partial<BuildFailure>).errors?.[0];
  return first === undefined ? error : new BuildError(describeMessage(first));
}

/** esbuild's message about an app, in terms that authors of apps know. */
function describeMessage({ text, location }: Message): string {
  const place = location === null ? '' : `${location.file}:${location.line}: `;
  if (location?.file === WRAPPER) return `${text}: the module of an app needs a default export`;
  const missing = /^Could not resolve "(.+)"$/.exec(text)?.[1];
  if (missing !== undefined && isBuiltin(missing)) {
    return `${place}${text}: Node's built-in modules exist only in -t unix programs`;
  }
  if (text.startsWith('Top-level await')) return `${place}no top-level await: apps are synchronous`;
  return `${place}${text}`;
}

const EXIT_CANNOT_CREATE = 73;
const EXIT_IO = 74;

/**
 * esbuild's words for a file that cannot be written, in ours; any other error is returned unchanged.
 * @param file as the user calls it
 */
export function describeWriteFailure(error: unknown, file: string): unknown {
  if (!(error instanceof BuildError)) return error;
  const { message } = error;
  const words =
    /^Failed to (?:write to output file|create output directory): .*: (.*)$/.exec(message)?.[1] ??
    wordsInMessage(message);
  if (words === undefined) return error;
  const isAtFault = /^(no space left|disk quota|input\/output error|file too large)/.test(words);
  const status = isAtFault ? EXIT_IO : EXIT_CANNOT_CREATE;
  return new BuildError(`${file}: cannot write: ${words}`, status);
}
