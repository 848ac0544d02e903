/** Where bytes go in order; `write` may borrow them only for the call. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
}
