/**
 * Bytes that hold anything, and a buffer of their own. Node's own way, since `new Uint8Array` writes zeros first: of
 * a read by path, that is a tenth.
 */
export function newNodeBytes(size: number): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.allocUnsafeSlow(size);
  return new Uint8Array(buffer, byteOffset, length);
}
