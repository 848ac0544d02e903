/** What one client may make the server hold. Each has a test that exceeds it. */

/** Options of one negotiation: no client needs a dozen. */
export const MAX_OPTIONS = 64;
/** Bytes of one option's data: an export's name, and queries for contexts. */
export const MAX_OPTION_BYTES = 32 * 1024;
/** Milliseconds that a client has to ask for an export, TLS included. */
export const HANDSHAKE_MS = 10_000;
/** Connections at once, unless the user says otherwise. */
export const MAX_CONNECTIONS = 64;
/** Bytes of a reply that are read, and handed to the system, at once. */
export const PIECE_BYTES = 256 * 1024;
/** Buffers of answers that one connection may have on their way to a slow reader. */
export const MAX_BUFFERS = 4;
/** Bytes that one connection may have asked of a device that answers later. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Requests that one connection may have waiting for such a device. */
export const MAX_WAITING = 64;
