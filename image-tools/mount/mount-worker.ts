// The thread that serves an image: it sleeps in read(2), so signals and all else are the main thread's.
import { statSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { FuseServer } from '../../guest/host/fuse/index.ts';
import { openImageFile } from '../../guest/host/index.ts';
import { FaultLines } from './fault-lines.ts';
import { serveLoop } from './serve-loop.ts';
import {
  type ServeInput,
  type ServeMessage,
  type ServeOrder,
  sendError,
} from './worker-messages.ts';

const port = parentPort as MessagePort;
const tell = (message: ServeMessage) => port.postMessage(message);
const { image, uid, gid, cacheBytes } = workerData as ServeInput;

function prepare(): FuseServer {
  const faults = new FaultLines();
  const tellFault = (text: string | undefined) => {
    if (text !== undefined) tell({ event: 'fault', text });
  };
  const { fs } = openImageFile(image, { cacheBytes, onWarning: tellFault });
  const imageBytes = statSync(image).size;
  return new FuseServer(fs.nodes, {
    uid,
    gid,
    imageBytes,
    onFault: (error, name) => tellFault(faults.lineOf(error, name)),
  });
}

try {
  const server = prepare();
  port.once('message', ({ fd }: ServeOrder) => {
    try {
      serveLoop(fd, (request, reply) => server.handle(request, reply));
      tell({ event: 'ended' });
    } catch (error) {
      tell({ event: 'failed', error: sendError(error) });
    }
    port.close();
  });
  tell({ event: 'ready' });
} catch (error) {
  tell({ event: 'failed', error: sendError(error) });
  port.close();
}
