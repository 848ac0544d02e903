/** A request that was answered, for the log. */
export interface Answered {
  readonly client: string | undefined;
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly httpVersion: string;
  header(name: string): string | undefined;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
}
