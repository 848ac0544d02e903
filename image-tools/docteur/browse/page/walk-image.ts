import { DEFAULT_LIMITS, FormatError } from '#format';
import type { Kind, TreeNode } from '#reader';
import { joinPath } from './names.ts';
import type { PageImage } from './page-image.ts';

/** What stands at a path. */
export interface Walked {
  readonly path: Uint8Array;
  readonly kind: Kind;
  readonly size: number;
  /** Where its object begins in the PACK; 0 for submodules. */
  readonly place: number;
}

/** Nested folders can make more paths than a page could ever show. */
const MOST_PATHS = 1_000_000;
/** So many paths are walked before the page may do something else. */
const STEP = 2000;
const { maxTreeDepth } = DEFAULT_LIMITS;

/** All of an image, a folder before what it holds, names in the order of their bytes. */
export async function* walkImage(image: PageImage, most = MOST_PATHS): AsyncGenerator<Walked> {
  const { read } = await image.open();
  const list = (folder: TreeNode | undefined, path: Uint8Array) =>
    read(({ nodes }) =>
      Array.from(nodes.list(folder ?? nodes.root), ({ nameBytes, kind, size, node }) => ({
        node,
        walked: { path: joinPath(path, nameBytes.slice()), kind, size, place: nodes.place(node) },
      })),
    );
  const stack = [(await list(undefined, new Uint8Array(0))).values()];
  let paths = 0;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { done, value } = top.next();
    if (done) {
      stack.pop();
      continue;
    }
    paths += 1;
    if (paths > most) throw new FormatError('LIMIT', `more than ${most} paths`);
    if (paths % STEP === 0) await new Promise((resolve) => setTimeout(resolve));
    const { node, walked } = value;
    yield walked;
    if (walked.kind !== 'directory') continue;
    if (stack.length >= maxTreeDepth) {
      throw new FormatError('LIMIT', `folders nested more than ${maxTreeDepth} deep`);
    }
    stack.push((await list(node, walked.path)).values());
  }
}
