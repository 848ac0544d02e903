import { isMainThread } from '../main-thread.ts';
import { requestedImages } from './requested-images.ts';

/** Registers the images that the command line names; a bad one ends the process with one line. */
export function runRequested(name: string, register: (path: string) => unknown): void {
  for (const path of requestedImages(name, process.execArgv, process.env)) {
    try {
      register(path);
    } catch (error) {
      if (!isMainThread()) throw error;
      process.stderr.write(`docteur/${name}: ${(error as Error).message}\n`);
      process.exit(1);
    }
  }
}
