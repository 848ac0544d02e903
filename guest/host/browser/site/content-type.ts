import { lookup } from 'mrmime';

const TEXT = /^text\/|[/+](json|javascript|xml)$/;

/** The Content-Type of a file's name. Text is taken to be UTF-8. */
export function contentTypeOf(name: string): string {
  // Of a file `constructor`, it says what every object has by that name.
  const found: unknown = lookup(name);
  const type = typeof found === 'string' ? found : 'application/octet-stream';
  return TEXT.test(type) ? `${type}; charset=utf-8` : type;
}
