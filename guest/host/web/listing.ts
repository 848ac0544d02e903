import type { Entry } from '../../reader/index.ts';
import { encodePath } from './site-path.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A page that lists a folder: folders first, each name a link. */
export function listingPage(path: string, entries: readonly Entry[]): string {
  const folders = entries.filter(({ kind }) => kind === 'directory');
  const others = entries.filter(({ kind }) => kind !== 'directory' && kind !== 'submodule');
  const rows = [
    ...(path === '/' ? [] : ['<li><a href="../">../</a>']),
    ...folders.map(({ name }) => row(`${name}/`)),
    ...others.map(({ name }) => row(name)),
  ];
  const title = escapeHtml(path);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:50rem;padding:0 1rem}
ul{list-style:none;padding:0}</style>
<h1>${title}</h1>
<ul>
${rows.join('\n')}
</ul>
</html>
`;
}

function row(name: string): string {
  // "./" keeps a name with a colon from being an address of its own.
  return `<li><a href="./${encodePath(name)}">${escapeHtml(name)}</a>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
