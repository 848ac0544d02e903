// Prose, markup, code and records, made up from a seed.
import { makeWord, Random } from '../../../scripts/corpus.ts';

/** What a corpus is made of: words of its own, and choices that its seed decides. */
export class Writer {
  readonly random: Random;
  readonly #words: readonly string[];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.#words = Array.from({ length: 5000 }, () => makeWord(this.random));
  }

  below(end: number): number {
    return this.random.below(end);
  }

  /** A word; a few of them are common and most are rare. */
  word(): string {
    return this.#words[Math.floor(this.random.next() ** 3 * this.#words.length)] as string;
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.word()).join(' ');
  }

  sentence(): string {
    const text = this.words(6 + this.below(14));
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  }

  /** A paragraph of about `length` bytes. */
  paragraph(length: number): string {
    let text = this.sentence();
    while (text.length < length) text += ` ${this.sentence()}`;
    return text;
  }

  identifier(): string {
    const next = this.word();
    return `${this.word()}${next.charAt(0).toUpperCase()}${next.slice(1)}`;
  }

  /** A statement or two of a program, with the indentation of its block. */
  statement(depth: number): string {
    const indent = '  '.repeat(depth);
    const [a, b, c] = [this.identifier(), this.identifier(), this.word()];
    switch (this.below(6)) {
      case 0:
        return `${indent}const ${a} = this.${b}(${c}, ${this.below(100)});`;
      case 1:
        return `${indent}if (${a} === undefined) throw new Error(\`no ${c}: \${${b}}\`);`;
      case 2:
        return `${indent}for (const ${c} of ${a}.${b}()) {\n${this.statement(depth + 1)}\n${indent}}`;
      case 3:
        return `${indent}// ${this.sentence()}`;
      case 4:
        return `${indent}return ${a}.${b}(${c});`;
      default:
        return `${indent}await ${a}(${b}, { ${c}: ${this.below(2) === 0} });`;
    }
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.below(0x10000).toString(16).padStart(4, '0');
    return text.slice(0, digits);
  }

  /** Bytes that nothing makes smaller. */
  noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
