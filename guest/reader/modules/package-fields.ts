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

/** Reads the text of a package.json. @throws SyntaxError, also for what Node takes for no package.json */
export function packageFields(text: string): PackageFields {
  const json: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new SyntaxError('not an object');
  }
  const { name, main, type, exports, imports } = json as Record<string, unknown>;
  for (const [key, value] of [
    ['name', name],
    ['type', type],
  ]) {
    if (value !== undefined && typeof value !== 'string')
      throw new SyntaxError(`"${key}" is not text`);
  }
  return {
    name: name as string | undefined,
    main: typeof main === 'string' ? main : undefined,
    type: type === 'module' || type === 'commonjs' ? type : undefined,
    exports: typeof exports === 'string' || isObject(exports) ? exports : undefined,
    imports: isObject(imports) ? imports : undefined,
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
