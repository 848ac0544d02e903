import { toOneLine } from '#format';

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const SLASH = 0x2f;
const PLAIN = /[A-Za-z0-9._~-]/;

/** A name or path as text for people: what is no UTF-8 is shown as bytes, what is not to be seen as escapes. */
export function showName(bytes: Uint8Array): string {
  try {
    return toOneLine(UTF8.decode(bytes));
  } catch {
    return Array.from(bytes, (byte) =>
      byte < 0x20 || byte > 0x7e
        ? `\\x${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte),
    ).join('');
  }
}

/** A path as a part of an address: any bytes survive. */
export function encodeBytes(path: Uint8Array): string {
  return Array.from(path, (byte) => {
    const character = String.fromCharCode(byte);
    const isPlain = byte === SLASH || PLAIN.test(character);
    return isPlain ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

/** The bytes that such an address means. */
export function decodeBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const hex = /^%([\da-f]{2})/i.exec(text.slice(at, at + 3))?.[1];
    if (hex === undefined) bytes.push(...new TextEncoder().encode(text[at]));
    else {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    }
  }
  return Uint8Array.from(bytes);
}

/** A path and a name below it. */
export function joinPath(folder: Uint8Array, name: Uint8Array): Uint8Array {
  if (folder.length === 0) return name;
  const path = new Uint8Array(folder.length + 1 + name.length);
  path.set(folder);
  path[folder.length] = SLASH;
  path.set(name, folder.length + 1);
  return path;
}

/** The names of a path, each with the path up to it. */
export function stepsOf(
  path: Uint8Array,
): { readonly name: Uint8Array; readonly path: Uint8Array }[] {
  const steps = [];
  for (let start = 0; start < path.length; ) {
    const slash = path.indexOf(SLASH, start);
    const end = slash < 0 ? path.length : slash;
    if (end > start) steps.push({ name: path.subarray(start, end), path: path.subarray(0, end) });
    start = end + 1;
  }
  return steps;
}
