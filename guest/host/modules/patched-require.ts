import Module from 'node:module';

type ResolveFilename = (
  request: string,
  parent: { readonly filename?: string } | undefined,
  ...rest: unknown[]
) => string;

/** Node's own function, which packages have long replaced so, and which the types leave out. */
const loader = Module as unknown as { _resolveFilename: ResolveFilename };

/**
 * In Node 22, `require` of a CommonJS module that was imported asks no hooks for the file: so the function that
 * it asks is replaced. Later versions ask the hooks.
 * @param resolve gives the file for a specifier and the file that asks; undefined where that is not its business
 * @returns takes it back
 */
export function patchRequire(
  resolve: (specifier: string, from: string) => string | undefined,
): () => void {
  const original = loader._resolveFilename;
  loader._resolveFilename = function (request, parent, ...rest) {
    const found = resolve(request, parent?.filename ?? '');
    return found ?? original.call(this, request, parent, ...rest);
  };
  return () => {
    loader._resolveFilename = original;
  };
}
