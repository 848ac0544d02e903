import type { NodeTree } from '#reader';
import { PathBudget } from '../path-budget.ts';
import { walkNodes } from '../walk-nodes.ts';
import { type FileReport, FileSums } from './file-sums.ts';
import type { EntrySizes } from './pack-report.ts';

/** Walks all files of an image. Memory grows with the number of objects alone. @throws FormatError */
export function reportFiles(nodes: NodeTree, { sizes, entryAt }: EntrySizes): FileReport {
  const met = new Uint8Array(sizes.length);
  const sums = new FileSums();
  const root = { path: new Uint8Array(0), node: nodes.root };
  for (const { path, entry } of walkNodes(nodes, root, { budget: new PathBudget() })) {
    const { kind, node, size } = entry;
    if (kind === 'directory' || kind === 'submodule') {
      sums.add(path, kind, 0, 0, false);
      continue;
    }
    const at = entryAt(nodes.place(node));
    const isFirst = at !== undefined && met[at] === 0;
    sums.add(path, kind, size, at === undefined ? 0 : (sizes[at] as number), isFirst);
    if (at !== undefined) met[at] = 1;
  }
  return sums.report();
}
