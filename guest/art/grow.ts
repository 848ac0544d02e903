/** A copy of `array` with room for at least `needed` elements, half as much again as it had. */
export function grown<T extends Uint8Array | Uint32Array>(array: T, needed: number): T {
  const ArrayType = array.constructor as new (length: number) => T;
  const bigger = new ArrayType(Math.max(needed, Math.ceil(array.length * 1.5)));
  bigger.set(array);
  return bigger;
}
