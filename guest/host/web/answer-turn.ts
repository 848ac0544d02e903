import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Calls when all answers before this one are sent. Node hands over every request of a packet at once: hundreds may be
 * in it, and each answer that began to read at once would hold its first part until its turn.
 */
export function onTurn(
  { socket }: IncomingMessage,
  response: ServerResponse,
  answer: () => void,
): void {
  const { _httpMessage: current } = (socket ?? {}) as { _httpMessage?: unknown };
  const isQueued = response.socket === null && current instanceof Object && current !== response;
  if (isQueued) response.once('socket', answer);
  else answer();
}
