/** Characters that the file system of macOS leaves out where it compares names. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const NOT_FOR_WINDOWS = /[\p{Cc}\\:*?"<>|]|[. ]$/u;
const DEVICE_OF_WINDOWS = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

/**
 * Why nothing is written under this name, in words; undefined where it may be. A `.git` would make the
 * folder a repository whose hooks and settings the image brings: every name that some system takes for it
 * is meant. Slashes, `.` and `..` are refused by all readers, and here once more.
 */
export function unsafeName(name: Uint8Array, platform = process.platform): string | undefined {
  const text = Buffer.from(name).toString();
  if (text === '' || text === '.' || text === '..' || /[/\0]/.test(text)) return 'not a file name';
  const plain = text.replace(IGNORED_BY_HFS, '').toLowerCase();
  if (/^(?:\.git|git~[0-9])(?:[. ]*$|[. ]*:)/.test(plain)) return "a Git repository's own data";
  if (platform !== 'win32') return undefined;
  const bad = NOT_FOR_WINDOWS.test(text) || DEVICE_OF_WINDOWS.test(text);
  return bad ? 'not a file name on this system' : undefined;
}
