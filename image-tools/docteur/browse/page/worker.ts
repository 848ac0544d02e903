import { structuredPatch } from 'diff';
import { common, createLowlight } from 'lowlight';

/** What the page has done beside it. */
export type Task =
  | { readonly kind: 'highlight'; readonly name: string; readonly text: string }
  | { readonly kind: 'diff'; readonly before: string; readonly after: string };

/** A piece of text, and the class that it is shown with; empty for none. */
export type Piece = readonly [className: string, text: string];

export type Answer =
  | { readonly kind: 'highlight'; readonly pieces: readonly Piece[] | undefined }
  | { readonly kind: 'diff'; readonly lines: readonly string[] | undefined };

interface HastNode {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: readonly string[] };
  readonly children?: readonly HastNode[];
}

/** Languages by whole names of files; others go by what is behind the last dot. */
const NAMES: Readonly<Record<string, string>> = { makefile: 'makefile', dockerfile: 'bash' };
const MAX_EDITS = 20_000;

function highlight(name: string, text: string): readonly Piece[] | undefined {
  const lowlight = createLowlight(common);
  const lower = name.toLowerCase();
  const language = NAMES[lower] ?? lower.split('.').at(-1) ?? '';
  if (!lowlight.registered(language)) return undefined;
  const pieces: Piece[] = [];
  const visit = ({ type, value = '', properties, children = [] }: HastNode, className: string) => {
    if (type === 'text') pieces.push([className, value]);
    const own = properties?.className?.join(' ') ?? className;
    for (const child of children) visit(child, own);
  };
  visit(lowlight.highlight(language, text) as HastNode, '');
  return pieces;
}

function diff(before: string, after: string): readonly string[] | undefined {
  const options = { context: 4, maxEditLength: MAX_EDITS } as const;
  const patch = structuredPatch('', '', before, after, '', '', options);
  return patch?.hunks.flatMap(({ oldStart, newStart, lines }) => [
    `@@ -${oldStart} +${newStart} @@`,
    ...lines,
  ]);
}

self.addEventListener('message', ({ data }: MessageEvent<Task>) => {
  const answer: Answer =
    data.kind === 'highlight'
      ? { kind: 'highlight', pieces: highlight(data.name, data.text) }
      : { kind: 'diff', lines: diff(data.before, data.after) };
  self.postMessage(answer);
});
