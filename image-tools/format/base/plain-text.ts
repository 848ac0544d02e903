/**
 * What commands a terminal, turns the direction of the text around it, or is not to be seen: control and
 * format characters, separators of lines, halves of surrogate pairs, and what fonts leave out.
 */
const NOT_PLAIN =
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u{2800}\\u{FFF9}-\\u{FFFC}]';
/** Made on first use: that takes 0.5 ms, and most guests and programs say nothing of strangers. */
let notPlain: RegExp | undefined;

function replaceNotPlain(text: string, by: (character: string) => string): string {
  notPlain ??= new RegExp(NOT_PLAIN, 'gu');
  return text.replace(notPlain, by);
}

/**
 * A text of strangers as one line that does nothing but stand there: names in an image, what a server says.
 * What is not plain becomes `\n` or `\u{1b}`.
 */
export function toOneLine(text: string): string {
  return replaceNotPlain(text, (character) => {
    if (character === '\n') return '\\n';
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

/** The same for a text of several lines, which stay; tabs do too. */
export function toPlainText(text: string): string {
  return text.replace(/[^\n\t]+/g, toOneLine);
}

/** A value as JSON in one line, in which nothing but plain characters stands: others are escaped. */
export function toPlainJson(value: unknown): string {
  return replaceNotPlain(JSON.stringify(value), (character) =>
    Array.from({ length: character.length }, (_, i) => {
      return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    }).join(''),
  );
}
