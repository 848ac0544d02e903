const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** What turns the direction of a text: code that reads otherwise than it runs. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Kinds of pictures, sounds and films by their first bytes, in hexadecimal. */
const MAGICS: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^474946383[79]61/, 'image/gif'],
  [/^52494646.{8}57454250/, 'image/webp'],
  [/^.{8}6674797061766966/, 'image/avif'],
  [/^424d.{8}00000000/, 'image/bmp'],
  [/^00000100/, 'image/x-icon'],
  [/^52494646.{8}57415645/, 'audio/wav'],
  [/^4f676753/, 'audio/ogg'],
  [/^664c6143/, 'audio/flac'],
  [/^(494433|fff[b32])/, 'audio/mpeg'],
  [/^.{8}66747970/, 'video/mp4'],
  [/^1a45dfa3/, 'video/webm'],
];

/** The type of a picture, sound or film by its first bytes; undefined for what is none. */
export function mediaType(head: Uint8Array, name: string): string | undefined {
  const start = Array.from(head.subarray(0, 16), hexOf).join('');
  const found = MAGICS.find(([pattern]) => pattern.test(start))?.[1];
  if (found !== undefined) return found;
  const isSvg = /\.svg$/i.test(name) && /<svg[\s>]/.test(textOf(head) ?? '');
  return isSvg ? 'image/svg+xml' : undefined;
}

/** Bytes as text, if they are; a character that is cut at the end is left out. */
export function textOf(bytes: Uint8Array, isCut = false): string | undefined {
  if (bytes.includes(0)) return undefined;
  for (let cut = 0; cut <= (isCut ? 3 : 0); cut++) {
    try {
      return UTF8.decode(bytes.subarray(0, bytes.length - cut));
    } catch {
      // Perhaps the last character is cut.
    }
  }
  return undefined;
}

/** A text that looks as it is: what turns its direction is shown. */
export function withoutTurns(text: string): string {
  return text.replace(
    TURNS,
    (turn) => `⟨U+${turn.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** Bytes for people: offset, sixteen of them, and as characters. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = Array.from(bytes.subarray(at, at + 16));
    const hex = row.map(hexOf).join(' ');
    const text = row.map((byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text.join('')}`);
  }
  return lines.join('\n');
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
