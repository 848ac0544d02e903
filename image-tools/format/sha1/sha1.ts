import { encodeU32BE, encodeU64BE } from '../bytes/bytes.ts';
import type { Hash } from '../git/hash.ts';
import { instantiate } from '../wasm/instantiate.ts';
import { INPUT, INPUT_SIZE, STATE } from '../wasm/sha1/memory-map.ts';
import { SHA1_WASM } from '../wasm/sha1.ts';
import { compressBlocks } from './sha1-script.ts';

const BLOCK = 64;
/** What follows a message at least: one bit, and its length. */
const TAIL = 9;
const INITIAL = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

/** The exports of wasm/sha1/index.ts. */
interface Sha1Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  compress(count: number): void;
}

/** What all running hashes share: they put their state and their blocks here by turns. */
interface Compressor {
  readonly input: Uint8Array;
  readonly state: Uint32Array;
  /** Hashes the first `count` blocks of the input into the state. */
  compress(count: number): void;
}

/**
 * The first so many bytes, of all hashes together, are hashed in JavaScript. A guest that hashes a commit and a
 * root tree at boot, and nothing else, is done before the WebAssembly would be compiled. Where scripts have to
 * be small, the build leaves the WebAssembly out.
 */
const SCRIPT_BYTES = 8192;
let scriptLeft = SCRIPT_BYTES;
let script: Compressor | undefined;
let shared: Compressor | undefined;

/** What hashes the next `size` bytes. */
function compressorFor(size: number): Compressor {
  if (shared !== undefined) return shared;
  scriptLeft -= size;
  if (scriptLeft >= 0 || SHA1_WASM.length === 0) {
    script ??= createScript();
    return script;
  }
  shared = createCompressor();
  script = undefined;
  return shared;
}

function createScript(): Compressor {
  const input = new Uint8Array(INPUT_SIZE);
  const state = new Uint32Array(INITIAL.length);
  return { input, state, compress: (count) => compressBlocks(state, input, count) };
}

function createCompressor(): Compressor {
  const { memory, compress } = instantiate<Sha1Exports>(SHA1_WASM, {});
  return {
    input: new Uint8Array(memory.buffer, INPUT, INPUT_SIZE),
    state: new Uint32Array(memory.buffer, STATE, INITIAL.length),
    compress,
  };
}

function startSha1(): Hash {
  const own = INITIAL.slice();
  /** The bytes after the last whole block. */
  const rest = new Uint8Array(BLOCK);
  let length = 0;

  function update(bytes: Uint8Array): void {
    let filled = length % BLOCK;
    length += bytes.length;
    let at = 0;
    if (filled + bytes.length >= BLOCK) {
      const { input, state, compress } = compressorFor(bytes.length);
      state.set(own);
      while (filled + bytes.length - at >= BLOCK) {
        const part = bytes.subarray(at, at + input.length - filled);
        input.set(rest.subarray(0, filled));
        input.set(part, filled);
        const blocks = Math.floor((filled + part.length) / BLOCK);
        compress(blocks);
        at += blocks * BLOCK - filled;
        filled = 0;
      }
      own.set(state);
    }
    rest.set(at === 0 ? bytes : bytes.subarray(at), filled);
  }

  return {
    update,
    digest() {
      const zeros = (BLOCK + 55 - (length % BLOCK)) % BLOCK;
      const tail = new Uint8Array(1 + zeros + 8);
      tail[0] = 0x80;
      encodeU64BE(tail, 1 + zeros, length * 8);
      update(tail);
      return encodeState(own);
    },
  };
}

/** The same of a message in two pieces: where it fits into the input it is hashed by one call. */
function sha1OfBoth(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const length = head.length + tail.length;
  const padded = Math.ceil((length + TAIL) / BLOCK) * BLOCK;
  if (padded > INPUT_SIZE) {
    const hash = startSha1();
    hash.update(head);
    hash.update(tail);
    return hash.digest();
  }
  const { input, state, compress } = compressorFor(length);
  state.set(INITIAL);
  input.set(head);
  input.set(tail, head.length);
  input.fill(0, length, padded);
  input[length] = 0x80;
  encodeU64BE(input, padded - 8, length * 8);
  compress(padded / BLOCK);
  return encodeState(state);
}

function encodeState(state: Uint32Array): Uint8Array {
  const digest = new Uint8Array(4 * INITIAL.length);
  for (let i = 0; i < INITIAL.length; i++) encodeU32BE(digest, 4 * i, state[i] as number);
  return digest;
}

/**
 * Starts a SHA-1 (FIPS 180-4) in WebAssembly, for where the runtime has none: a guest. The first few
 * kilobytes are hashed in JavaScript.
 * @throws what WebAssembly throws, where the runtime lacks it or its SIMD instructions
 */
export const newSha1 = Object.assign(startSha1, { ofBoth: sha1OfBoth });
