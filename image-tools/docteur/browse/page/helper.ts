import type { Answer, Task } from './worker.ts';

/** Longer, and the text is shown as it is: patterns of some languages take for ever on some texts. */
const MOST_MS = 3000;

/** The one script address that this page makes: the browser refuses all others. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string };
}

const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy(
  'docteur',
  {
    createScriptURL: () => new URL('docteur-worker.js', document.baseURI).href,
  },
);

/** Has a text worked on beside the page, which goes on; undefined where that takes too long. */
export function ask<Kind extends Task['kind']>(
  task: Extract<Task, { kind: Kind }>,
): Promise<Extract<Answer, { kind: Kind }> | undefined> {
  const address =
    policy?.createScriptURL('') ?? new URL('docteur-worker.js', document.baseURI).href;
  const worker = new Worker(address, { type: 'module' });
  return new Promise((resolve) => {
    const end = (answer?: Extract<Answer, { kind: Kind }>) => {
      clearTimeout(timer);
      worker.terminate();
      resolve(answer);
    };
    const timer = setTimeout(end, MOST_MS);
    worker.addEventListener('message', ({ data }) => end(data));
    worker.addEventListener('error', () => end());
    worker.postMessage(task);
  });
}
