import { make } from './dom.ts';
import { ask } from './helper.ts';
import type { Piece } from './worker.ts';

/** Longer texts are shown without colours, in characters. */
const MOST_COLOURED = 256 * 1024;

/** A text with the numbers of its lines; colours come when they are ready. */
export function codeView(text: string, name: string): HTMLElement {
  const code = make('code', {}, text);
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const numbers = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
  const view = make(
    'div',
    { class: 'code' },
    make('pre', { class: 'numbers', 'aria-hidden': 'true' }, numbers),
    make('pre', { tabindex: '0', 'aria-label': 'Content' }, code),
  );
  if (text.length <= MOST_COLOURED) void colour(code, name, text);
  return view;
}

async function colour(code: HTMLElement, name: string, text: string): Promise<void> {
  const answer = await ask({ kind: 'highlight', name, text });
  const { pieces } = answer ?? {};
  if (pieces === undefined || pieces.map(([, part]) => part).join('') !== text) return;
  code.replaceChildren(...pieces.map(nodeOf));
}

function nodeOf([className, text]: Piece): Node | string {
  return className === '' ? text : make('span', { class: className }, text);
}
