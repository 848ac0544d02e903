const WORDS = ['introduction', 'reference', 'tutorial', 'changes', 'faq'];

/** A folder that every generated image has, of {@link LISTED_COUNT} files. */
export const LISTED_FOLDER = 'listed';
const LISTED_COUNT = 1000;

/** The path of file `i`: a hundred files a folder, a hundred folders a folder. */
export function pathOf(i: number): string {
  const section = Math.floor(i / 10_000);
  const chapter = Math.floor(i / 100) % 100;
  return `section-${section}/chapter-${chapter}/${WORDS[i % WORDS.length]}-${i % 100}.html`;
}

/** `count` paths and those of the folder that is listed. */
export function* generatePaths(count: number): Generator<string, void, undefined> {
  for (let i = 0; i < count; i++) yield pathOf(i);
  for (let i = 0; i < LISTED_COUNT; i++) yield `${LISTED_FOLDER}/entry-${i}-of-many.html`;
}
