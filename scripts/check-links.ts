// Every relative link in the documents leads to a file, and every #anchor to a heading.
// Links to other sites are not followed. usage: node scripts/check-links.ts
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The text without fenced blocks and code spans, in which brackets are no links. */
const prose = (text: string): string =>
  text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, (code) =>
    // A span that is a link's text stays, as its anchor needs the words.
    code.replace(/[[\]()]/g, ' '),
  );

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const [, title] of prose(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const words = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{Pc} -]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(words) ?? 0;
    seen.set(words, times + 1);
    found.add(times === 0 ? words : `${words}-${times}`);
  }
  return found;
}

const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)));

let links = 0;
let broken = 0;
for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, link] of prose(text).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    links += 1;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
    const file = join(root, target);
    const missing =
      target.startsWith('..') || !existsSync(file)
        ? 'no such file'
        : anchor !== undefined &&
          statSync(file).isFile() &&
          !anchors(readFileSync(file, 'utf8')).has(anchor) &&
          'no such heading';
    if (missing) {
      broken += 1;
      process.stderr.write(`${page}: ${link}: ${missing}\n`);
    }
  }
}
if (links === 0) process.stderr.write('no links seen\n');
process.exitCode = broken > 0 || links === 0 ? 1 : 0;
