import { NODE_RELEASE } from '../modules/node-release.ts';

/** What of Node's module `node:vfs` is used; its types are not published yet. Facts: Node 26's sources and documentation. */
export interface NodeVfs {
  readonly VirtualProvider: abstract new () => object;
  create(provider: object, options?: { emitExperimentalWarning?: boolean }): MountedVfs;
  registerProvider(maker: {
    readonly name: string;
    canHandle(path: string, stats: unknown): boolean;
    create(path: string, stats: unknown): object;
  }): void;
}

/** A `VirtualFileSystem`. */
interface MountedVfs {
  mount(): string;
  unmount(): void;
}

/**
 * Node's virtual file systems, where this Node has them and they were turned on.
 * @throws Error that says what to do
 */
export function requireNodeVfs(): NodeVfs {
  const vfs = process.getBuiltinModule('node:vfs') as unknown as NodeVfs | undefined;
  if (vfs?.registerProvider !== undefined && vfs.VirtualProvider !== undefined) return vfs;
  throw new Error(
    NODE_RELEASE >= 26
      ? 'docteur/vfs: start node with --experimental-vfs'
      : `docteur/vfs: needs Node 26 with --experimental-vfs, and this is ${process.versions.node}; docteur/register needs neither`,
  );
}
