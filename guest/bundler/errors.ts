/** A guest cannot be built: bad usage, or what esbuild says of the app. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly exitStatus: number;

  constructor(message: string, exitStatus = 1) {
    super(message);
    this.exitStatus = exitStatus;
  }
}
