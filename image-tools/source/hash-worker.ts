// A thread that hashes files: answers each list of paths with what it found.
import { parentPort, workerData } from 'node:worker_threads';
import { FolderReader } from '../files/folder-reader.ts';
import { FileHasher } from './file-hasher.ts';
import { enterFound, type FoundFiles, startFound } from './found-files.ts';
import type { HashInput, PathList } from './hash-threads.ts';

const { root, rootIdentity, links, omit } = workerData as HashInput;
const hasher = new FileHasher(new FolderReader(root, rootIdentity, links), omit);

/** Stops at the first file that cannot be hashed: the main thread tries it again and reports the reason. */
function hashAll({ bytes, ends }: PathList): FoundFiles {
  const found = startFound(ends.length);
  let start = 0;
  try {
    for (const [i, end] of ends.entries()) {
      const file = hasher.hash(bytes.subarray(start, end));
      if (file === 'changed') break;
      enterFound(found, i, file);
      start = end;
    }
  } catch {
    // This file and the rest stay unknown.
  }
  return found;
}

parentPort?.on('message', (paths: PathList) => {
  const found = hashAll(paths);
  parentPort?.postMessage(found, [found.kinds.buffer, found.sizes.buffer, found.oids.buffer]);
});
