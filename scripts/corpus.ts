// Writes a folder of made-up documentation: pages in versions, the same bytes on every machine.
// usage: node scripts/corpus.ts DIR [PAGES [VERSIONS]]     (2,500 pages in 8 versions: 20,000 files, about 210 MB)
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A generator of 32-bit numbers (mulberry32): the corpus must not depend on the engine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A fraction in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }
}

const CONSONANTS = 'bcdfghklmnprstvwz';
const VOWELS = 'aeiou';

export function makeWord(random: Random): string {
  let word = '';
  for (let syllables = 1 + random.below(3); syllables > 0; syllables -= 1) {
    word += CONSONANTS[random.below(CONSONANTS.length)];
    word += VOWELS[random.below(VOWELS.length)];
    if (random.below(3) === 0) word += CONSONANTS[random.below(CONSONANTS.length)];
  }
  return word;
}

const vocabulary = (() => {
  const random = new Random(1);
  return Array.from({ length: 6000 }, () => makeWord(random));
})();

/** Words of a language are far from equally common: the cube favours the head of the list. */
function pickWord(random: Random): string {
  return vocabulary[Math.floor(random.next() ** 3 * vocabulary.length)] as string;
}

function makeSentence(random: Random): string {
  const words = Array.from({ length: 6 + random.below(14) }, () => pickWord(random));
  const first = words[0] as string;
  words[0] = first.charAt(0).toUpperCase() + first.slice(1);
  return `${words.join(' ')}.`;
}

function makeBlock(random: Random): string {
  const kind = random.below(8);
  if (kind === 0) return `<h2 id="${pickWord(random)}">${makeSentence(random)}</h2>`;
  if (kind === 1) {
    const call = `${pickWord(random)}.${pickWord(random)}(${pickWord(random)}, ${random.below(1000)})`;
    return `<pre class="code"><span class="keyword">const</span> ${pickWord(random)} = ${call};</pre>`;
  }
  const sentences = Array.from({ length: 2 + random.below(6) }, () => makeSentence(random));
  return `<p>${sentences.join(' ')}</p>`;
}

/** What changes between two versions of a page: a few blocks rewritten, added or dropped. */
function editBlocks(blocks: string[], random: Random): string[] {
  const edited = [...blocks];
  for (let edits = random.below(4); edits > 0; edits -= 1) {
    const at = random.below(edited.length);
    const kind = random.below(6);
    if (kind === 0) edited.splice(at, 0, makeBlock(random));
    else if (kind === 1 && edited.length > 4) edited.splice(at, 1);
    else if (kind === 2) edited[at] = makeBlock(random);
    else edited[at] = (edited[at] as string).replace(' ', ` ${pickWord(random)} `);
  }
  return edited;
}

function renderPage(title: string, version: number, next: string, blocks: string[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} - The Manual, version ${version}.0</title>
<link rel="stylesheet" href="../style.css">
</head>
<body>
<nav class="top"><a href="../index.html">Contents</a> <a href="${next}.html">Next: ${next}</a></nav>
<main>
<h1>${title}</h1>
${blocks.join('\n')}
</main>
<footer>Copyright the authors of the manual. Version ${version}.0, see <a href="../license.html">the license</a>.</footer>
</body>
</html>
`;
}

/** Writes `pages` × `versions` files below `folder`; every call with the same counts writes the same. */
export function writeCorpus(folder: string, pages: number, versions: number): void {
  for (let page = 0; page < pages; page += 1) {
    const random = new Random(1000 + page);
    const section = `${vocabulary[page % 40]}-${page % 40}`;
    const title = makeSentence(random);
    let name = `${pickWord(random)}-${pickWord(random)}-${page}`;
    let blocks = Array.from({ length: 18 + random.below(40) }, () => makeBlock(random));
    for (let version = 1; version <= versions; version += 1) {
      const file = join(folder, `v${version}`, section, `${name}.html`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, renderPage(title, version, pickWord(random), blocks));
      blocks = editBlocks(blocks, random);
      // Now and then a page is renamed: only its content tells that it is the same one.
      if (random.below(40) === 0) name = `${pickWord(random)}-${pickWord(random)}-${page}`;
    }
  }
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const [folder, pages = '2500', versions = '8'] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('usage: node scripts/corpus.ts DIR [PAGES [VERSIONS]]\n');
    process.exit(64);
  }
  writeCorpus(folder, Number(pages), Number(versions));
}
