/**
 * So many random bytes, in hexadecimal digits. Node loads its cryptography only here: that takes longer than most of
 * what a command does.
 */
export function randomName(bytes: number): string {
  return process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('hex');
}
