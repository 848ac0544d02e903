import { lookup } from 'mrmime';

const TEXT = /^text\/|[/+](json|javascript|xml)$/;

/** The Content-Type of a file's name. Text is taken to be UTF-8. */
export function contentTypeOf(name: string): string {
  const type = lookup(name) ?? 'application/octet-stream';
  return TEXT.test(type) ? `${type}; charset=utf-8` : type;
}
