/** The codes with which Node refuses a module. */
export type ModuleErrorCode =
  | 'MODULE_NOT_FOUND'
  | 'ERR_MODULE_NOT_FOUND'
  | 'ERR_UNSUPPORTED_DIR_IMPORT'
  | 'ERR_INVALID_PACKAGE_CONFIG'
  | 'ERR_INVALID_PACKAGE_TARGET'
  | 'ERR_INVALID_MODULE_SPECIFIER'
  | 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  | 'ERR_PACKAGE_IMPORT_NOT_DEFINED'
  | 'ERR_IMPORT_ATTRIBUTE_MISSING'
  | 'ERR_INVALID_URL_SCHEME'
  | 'ERR_INVALID_ARG_VALUE'
  | 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE'
  | 'ERR_UNKNOWN_FILE_EXTENSION';

/** Those that Node throws as a TypeError. */
const TYPE_ERRORS: ReadonlySet<ModuleErrorCode> = new Set([
  'ERR_INVALID_MODULE_SPECIFIER',
  'ERR_PACKAGE_IMPORT_NOT_DEFINED',
  'ERR_IMPORT_ATTRIBUTE_MISSING',
  'ERR_INVALID_URL_SCHEME',
  'ERR_INVALID_ARG_VALUE',
  'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE',
  'ERR_UNKNOWN_FILE_EXTENSION',
]);

export function moduleError(code: ModuleErrorCode, message: string): Error {
  const error = TYPE_ERRORS.has(code) ? new TypeError(message) : new Error(message);
  return Object.assign(error, { code });
}

/**
 * Refuses what would be another path once it is decoded, as Node does.
 * @param address a path as an address has it
 * @throws ERR_INVALID_MODULE_SPECIFIER
 */
export function refuseSeparators(address: string, asker: string): void {
  if (!/%2f|%5c/i.test(address)) return;
  throw moduleError(
    'ERR_INVALID_MODULE_SPECIFIER',
    `Invalid module "${address}" must not include encoded "/" or "\\" characters imported from ${asker}`,
  );
}

/** Of a path with a zero, Node finds out what stands there, and nothing more. @throws ERR_INVALID_ARG_VALUE */
export function refuseZero(path: string): void {
  if (!path.includes('\0')) return;
  const words = `the path of a module must not have null bytes: ${JSON.stringify(path)}`;
  throw moduleError('ERR_INVALID_ARG_VALUE', words);
}

/** Why an addon is refused. */
export const ADDON =
  'an addon of native code, which cannot be loaded out of an image; extract it first';
