import { isUtf8 } from 'node:buffer';
import { oidToHex, toPlainJson } from '#format';
import type { Kind, NodeTree, TreeNode } from '#reader';
import { MODES } from '../look/modes.ts';

/** A path for programs: as text, and where that loses bytes, in base64 too. */
export function jsonPath(path: Uint8Array): { path: string; pathBase64?: string } {
  const bytes = Buffer.from(path);
  const text = bytes.toString();
  return isUtf8(path) ? { path: text } : { path: text, pathBase64: bytes.toString('base64') };
}

/** An entry of an image as a line of JSON. */
export function jsonEntry(nodes: NodeTree, path: Uint8Array, node: TreeNode, kind: Kind): string {
  const target =
    kind === 'link' ? { target: Buffer.from(nodes.target(node)).toString() } : undefined;
  return `${toPlainJson({
    ...jsonPath(path),
    kind,
    mode: MODES[kind].toString(8).padStart(6, '0'),
    size: nodes.size(node),
    id: oidToHex(nodes.id(node)),
    ...target,
  })}\n`;
}
