import { isBuiltin } from 'node:module';
import type { BuildFailure, Message } from 'esbuild';
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
