import { Bytes, defineProperty, GuestRangeError, GuestTypeError } from './captured.ts';
import type { HostCalls, HostDecoder } from './host-calls.ts';

interface DecoderOptions {
  readonly fatal?: unknown;
  readonly ignoreBOM?: unknown;
}

/** What the standard's classes are here: the host's own do the work. */
function createCodecs(host: HostCalls): Record<string, unknown> {
  const { utf8Length, encodeInto, encoded, createDecoder, decode } = host;
  return {
    TextEncoder: class {
      get encoding() {
        return 'utf-8';
      }
      encode(input: unknown = '') {
        const text = `${input as string}`;
        let bytes: Uint8Array | undefined;
        try {
          bytes = new Bytes(utf8Length(text));
          encodeInto(text, bytes);
        } catch {
          throw new GuestRangeError('the text cannot be encoded here');
        }
        return bytes;
      }
      encodeInto(source: unknown, destination: Uint8Array) {
        const text = `${source as string}`;
        let read: number | undefined;
        let written = 0;
        try {
          read = encodeInto(text, destination);
          written = encoded();
        } catch {
          throw new GuestRangeError('the text cannot be encoded here');
        }
        if (read === undefined) throw new GuestTypeError('the destination is not a Uint8Array');
        return { read, written };
      }
    },
    TextDecoder: class {
      readonly #decoder: HostDecoder;
      readonly #encoding: string;
      readonly #fatal: boolean;
      readonly #ignoreBom: boolean;
      constructor(label: unknown = 'utf-8', options?: DecoderOptions) {
        const name = `${label as string}`;
        this.#fatal = !!options?.fatal;
        this.#ignoreBom = !!options?.ignoreBOM;
        let decoder: HostDecoder | undefined;
        let encoding = '';
        try {
          decoder = createDecoder(name, this.#fatal, this.#ignoreBom);
          if (decoder !== undefined) encoding = decoder.encoding;
        } catch {
          // Told below.
        }
        if (decoder === undefined) throw new GuestRangeError(`there is no encoding ${name}`);
        this.#decoder = decoder;
        this.#encoding = encoding;
      }
      get encoding() {
        return this.#encoding;
      }
      get fatal() {
        return this.#fatal;
      }
      get ignoreBOM() {
        return this.#ignoreBom;
      }
      decode(input: unknown = undefined, options?: { readonly stream?: unknown }) {
        const decoder = this.#decoder;
        const stream = !!options?.stream;
        let text: string | undefined;
        try {
          text = decode(decoder, input, stream);
        } catch {
          // Told below.
        }
        if (text === undefined) throw new GuestTypeError('the bytes cannot be decoded');
        return text;
      }
    },
  };
}

/** Gives the guest the text codecs of the web, which are no part of its language. */
export function installCodecs(host: HostCalls): void {
  const codecs = createCodecs(host);
  for (const name of Object.keys(codecs)) {
    const value = codecs[name] as { prototype: object };
    defineProperty(value.prototype, Symbol.toStringTag, { value: name, configurable: true });
    defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}
