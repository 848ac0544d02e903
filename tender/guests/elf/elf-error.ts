/** A file that looks like a unikernel and is none, or none that can be run. */
export class ElfError extends Error {
  override readonly name = 'ElfError';
}
