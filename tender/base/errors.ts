/** Exit statuses of the tender itself; anything else is the guest's. */
export const EXIT_TENDER_ERROR = 1;
const EXIT_USAGE = 64;

/** Something the tender cannot do; its message is one line for people. */
export class TenderError extends Error {
  override readonly name = 'TenderError';
  readonly exitStatus: number;

  constructor(message: string, exitStatus = EXIT_TENDER_ERROR, options?: ErrorOptions) {
    super(message, options);
    this.exitStatus = exitStatus;
  }
}

/** An option that makes no sense: the usage follows the message. */
export class UsageError extends TenderError {
  constructor(message: string) {
    super(message, EXIT_USAGE);
  }
}

/** The host failed: fatal to the guest, never its fault. */
export class HostError extends Error {
  override readonly name = 'HostError';
}
