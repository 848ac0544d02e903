import { type ByteSource, FormatError, type Limits } from '#format';
import { createHostInflater } from '#format/host';
import {
  decodeModuleMap,
  MAX_MODULE_MAP_BYTES,
  MAX_PACKAGE_BYTES,
  MODULE_MAP_NAME,
  ModuleMapBuilder,
  mappedName,
  mount,
  type NodeTree,
  type RootEntry,
  type TreeNode,
} from '#reader';

/** Paths of folders, in characters, of which a map holds only the ends. */
const MAX_PATHS_SIZE = 2 ** 28;
/** All package.json files together: the same one may stand in each of very many folders. */
const MAX_PACKAGES_BYTES = 2 ** 29;

/**
 * Compares the module map of an app's image with the one that its folders give; one that no reader would use is a
 * file like any other. The paths have been counted, so that the way through them has an end.
 * @throws FormatError BAD_INDEX
 */
export function verifyModuleMap(source: ByteSource, limits: Limits): void {
  const { nodes } = mount(source, { inflater: createHostInflater(), limits });
  const map = nodes.child(nodes.root, Buffer.from(MODULE_MAP_NAME));
  if (map === undefined || nodes.kind(map) !== 'file') return;
  if (nodes.size(map) > MAX_MODULE_MAP_BYTES) return;
  const text = Buffer.from(nodes.view(map)).toString('utf8');
  const root = [...nodes.list(nodes.root)].map(({ node, nameBytes, kind }) => {
    return { name: nameBytes, kind, id: nodes.id(node) };
  });
  if (decodeModuleMap(text, root) === undefined) return;
  if (text !== makeMap(nodes, root, text.length)) {
    throw new FormatError('BAD_INDEX', `${MODULE_MAP_NAME} differs from the folders`);
  }
}

/** @param most characters; a longer map is another, and is not made to its end */
function makeMap(nodes: NodeTree, root: readonly RootEntry[], most: number): string | undefined {
  const builder = new ModuleMapBuilder();
  let packageBytes = 0;
  const stack = [frameOf(nodes, nodes.root, '')];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const { path, rest, entries } = frame;
    const next = rest.pop();
    if (next !== undefined) {
      const name = mappedName(next.nameBytes);
      if (next.kind === 'directory' && name !== undefined) {
        stack.push(frameOf(nodes, next.node, `${path}/${name}`));
      }
      continue;
    }
    stack.pop();
    const own = entries.find(({ name }) => name === 'package.json');
    const isFile = own?.kind === 'file' || own?.kind === 'executable';
    if (isFile && nodes.size(own.node) <= MAX_PACKAGE_BYTES) {
      const content = Buffer.from(nodes.view(own.node));
      packageBytes += content.length;
      if (packageBytes > MAX_PACKAGES_BYTES) {
        throw new FormatError('LIMIT', `more than ${MAX_PACKAGES_BYTES} bytes of package.json`);
      }
      builder.addPackage(path, content.toString('utf8'));
    }
    if (path !== '')
      builder.addFolder(
        path,
        entries.map(({ nameBytes, kind, node }) => ({ name: nameBytes, kind, id: nodes.id(node) })),
      );
    if (builder.size > most || builder.pathsSize > MAX_PATHS_SIZE) return undefined;
  }
  return builder.finish(root);
}

function frameOf(nodes: NodeTree, node: TreeNode, path: string) {
  const entries = [...nodes.list(node)];
  return { path, entries, rest: entries.toReversed() };
}
