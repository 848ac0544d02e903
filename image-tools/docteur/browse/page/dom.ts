/** What an element holds: texts stay texts, whatever they say. */
export type Child = Node | string;

/**
 * Makes an element. Nothing on this page is made of markup.
 * @param attributes whose names and kinds are ours: a value may be a stranger's only where it is text
 */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A button that does something. */
export function button(words: string, act: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button' }, words);
  made.addEventListener('click', act);
  return made;
}

/** A table with a row of headings. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const isNumber = (column: number) => headings[column]?.startsWith('#') === true;
  const cell = (tag: 'td' | 'th', child: Child, column: number) =>
    make(tag, isNumber(column) ? { class: 'number' } : {}, child);
  const head = headings.map((words, i) => cell('th', words.replace(/^#/, ''), i));
  return make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...head)),
    make(
      'tbody',
      {},
      ...rows.map((row) => make('tr', {}, ...row.map((child, i) => cell('td', child, i)))),
    ),
  );
}
