/** What of a package.json says how its modules are found. */
export interface PackageFields {
  readonly name?: string | undefined;
  readonly main?: string | undefined;
  readonly type?: 'module' | 'commonjs' | undefined;
  readonly exports?: unknown;
  readonly imports?: unknown;
}

/** A map leaves out what a longer package.json says: it is no package's. */
export const MAX_PACKAGE_BYTES = 2 ** 20;

/** Reads the text of a package.json. @throws SyntaxError */
export function packageFields(text: string): PackageFields {
  const json: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  const fields = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const { name, main, type, exports, imports } = fields;
  return {
    name: typeof name === 'string' ? name : undefined,
    main: typeof main === 'string' ? main : undefined,
    type: type === 'module' || type === 'commonjs' ? type : undefined,
    exports: exports ?? undefined,
    imports: typeof imports === 'object' ? imports : undefined,
  };
}
