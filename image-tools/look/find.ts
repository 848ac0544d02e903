import type { NodeTree } from '#reader';
import { compileGlobs } from '../source/glob.ts';
import { type Visited, type WalkStart, walkNodes } from './walk-nodes.ts';

/**
 * What matches a glob, in the order of a walk; globs are those of `docteur make --exclude`. Only the folder
 * that the glob's fixed part names is walked.
 * @throws ToolError USAGE for what is no glob; FormatError where the image is bad
 */
export function* findInImage(nodes: NodeTree, glob: string): Generator<Visited, void, undefined> {
  const matches = compileGlobs([glob]);
  const start = startOf(nodes, glob);
  if (start === undefined) return;
  for (const visited of walkNodes(nodes, start)) {
    if (matches(visited.path, visited.entry.kind === 'directory')) yield visited;
  }
}

const MAGIC = /[*?[\\]/;

/** The folder that contains everything the glob can match; undefined if there is none. */
function startOf(nodes: NodeTree, glob: string): WalkStart | undefined {
  const names = glob
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const isName = names.length === 1 && !/^\.?\//.test(glob);
  const magic = names.findIndex((name) => MAGIC.test(name));
  // The last name is looked for in its folder.
  const fixed = isName ? [] : names.slice(0, magic === -1 ? -1 : magic);
  let node = nodes.root;
  for (const name of fixed) {
    const child = nodes.child(node, Buffer.from(name));
    if (child === undefined || nodes.kind(child) !== 'directory') return undefined;
    node = child;
  }
  return { path: Buffer.from(fixed.join('/')), node };
}
