// Web standards that every host of JavaScript has; they are no part of the language's own library.
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
/** Made when it is first needed: that takes longer than to open an image does otherwise. */
let decoder: { decode(bytes: Uint8Array): string } | undefined;

/** Longer texts are left to the encoder, which has to be called for each. */
const SHORT = 256;

/** A text as UTF-8, in new bytes. */
export function encodeUtf8(text: string): Uint8Array {
  if (text.length > SHORT) return encoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) return encoder.encode(text);
    bytes[at] = code;
  }
  return bytes;
}

/** A text for people: bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(bytes);
}
