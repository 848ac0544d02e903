/**
 * Keys of the path index: each directory of a path with a NUL after it, one NUL more, the entry's
 * name. So `README` is `\0README` and `a/b/c` is `a\0b\0\0c`. No name holds a NUL: what a directory
 * holds stands together, in the order of the bytes of the names, and before what its subdirectories
 * hold. What stands before the name is the prefix of the directory; the root itself has no key.
 */

/** The prefix of the root's entries. */
export const ROOT_PREFIX: Uint8Array = Uint8Array.of(0);

/** The prefix of the entries of the directory `name` that is an entry of the one with `prefix`. */
export function prefixBelow(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const below = new Uint8Array(prefix.length + name.length + 1);
  below.set(prefix);
  below.set(name, prefix.length - 1);
  below[below.length - 2] = 0;
  return below;
}

/** The key of the entry `name` of the directory with `prefix`. */
export function keyOf(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  const key = new Uint8Array(prefix.length + name.length);
  key.set(prefix);
  key.set(name, prefix.length);
  return key;
}
