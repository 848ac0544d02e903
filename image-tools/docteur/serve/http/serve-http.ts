import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTurn } from '../../../../guest/host/web/answer-turn.ts';
import { bodyBytes } from '../../../../guest/host/web/node-response.ts';
import { describeSystemError, ToolError } from '../../../base/errors.ts';
import type { Reporter } from '../reporter.ts';
import type { ServedImage } from '../served-image.ts';
import type { Serving } from '../serving.ts';
import { openAccessLog } from './access-log.ts';
import type { Answered } from './answered.ts';
import { openDirectSend } from './direct-send.ts';
import { type HttpAddress, type HttpOptions, siteOptions } from './options.ts';
import { PlainConnections } from './plain-connections.ts';
import { SendBuffers } from './send-buffers.ts';
import { Sites } from './sites.ts';
import { isFirstWorker } from './workers.ts';
import { fitYoungObjects } from './young-objects.ts';

/** Connections of one process, whoever has them. */
const MAX_CONNECTIONS = 10_000;
/** What a client may take for the head of a request, and for all of it. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
/** What a client may let pass without reading anything of its answer. */
const SILENCE_MS = 10_000;
/** Answers that are under way when the server ends. */
const GRACE_MS = 5_000;

/** Serves images as websites. @throws {ToolError} (rejects) where it cannot listen */
export async function serveOverHttp(
  images: readonly ServedImage[],
  options: HttpOptions,
  reporter: Reporter,
): Promise<Serving> {
  const { http: addresses = [], accessLog, logFormat = 'common' } = options;
  const forgetYoung = fitYoungObjects();
  const sites = new Sites(siteOptions(options));
  sites.replace(images);
  const log =
    accessLog === undefined
      ? undefined
      : openAccessLog(accessLog, logFormat, (message) => {
          reporter.tell({ event: 'failure', message }, `access log: ${message}`);
        });
  let clients = 0;
  let bytes = 0;
  const onAnswered = (answered: Answered) => {
    bytes += answered.bytes;
    log?.write(answered);
  };
  const servers: Server[] = [];
  const buffers = new SendBuffers();
  const plain = new PlainConnections({
    buffers,
    idleMs: KEEP_ALIVE_MS,
    answer: (request) => sites.answerPlain(request),
    onAnswered,
    direct: openDirectSend(),
  });
  for (const address of addresses) {
    const server = createServer((request, response) => {
      const { remoteAddress: client } = request.socket;
      onTurn(request, response, () => {
        sites.answer(request, response);
        const isSent = response.writableEnded && response.socket?.writableLength === 0;
        if (isSent) return;
        buffers.hold(response);
        response.once('close', () => buffers.release(response));
      });
      response.once('close', () => onAnswered(answeredOf(client, request, response)));
    });
    // Nobody wants the body that such a client would like to send.
    server.on('checkContinue', (request, response) => {
      response.setHeader('connection', 'close');
      server.emit('request', request, response);
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.headersTimeout = HEADERS_MS;
    server.requestTimeout = REQUEST_MS;
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.timeout = SILENCE_MS;
    const toNode = takeListener(server);
    server.on('connection', (accepted) => {
      clients += 1;
      const socket = plain.serve(accepted, (taken) => toNode.call(server, taken));
      socket.once('close', () => {
        clients -= 1;
      });
    });
    servers.push(server);
    const uri = await listen(server, address);
    if (isFirstWorker()) reporter.tell({ event: 'listening', uri }, `HTTP: ${uri}`);
  }
  return {
    get clients() {
      return clients;
    },
    get bytes() {
      return bytes;
    },
    swap: (others) => sites.replace(others),
    async close() {
      forgetYoung();
      plain.close();
      await Promise.all(servers.map((server) => end(server, plain)));
      sites.replace([]);
      await log?.close();
    },
  };
}

/** What Node's server does with a connection, which it no longer does by itself. */
function takeListener(server: Server): (this: Server, socket: Socket) => void {
  const [listener] = server.listeners('connection') as ((socket: Socket) => void)[];
  if (listener === undefined) throw new TypeError('this Node serves connections in another way');
  server.removeAllListeners('connection');
  return listener;
}

function answeredOf(
  client: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Answered {
  const { method, url: target, httpVersion, headers } = request;
  return {
    client,
    method,
    target,
    httpVersion,
    header: (name) => headers[name] as string | undefined,
    status: response.statusCode,
    bytes: bodyBytes.get(response) ?? 0,
  };
}

/** Whether workers will be able to listen, so that one process says that they are not. @throws as they would */
export async function tryToListen({ http: addresses = [] }: HttpOptions): Promise<void> {
  for (const address of addresses) {
    const server = createServer();
    await listen(server, address);
    await end(server, undefined);
  }
}

async function listen(server: Server, { host, port }: HttpAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const words = `${host}:${port}: cannot listen: ${describeSystemError(error)}`;
      reject(new ToolError('CANNOT_CREATE', words, error));
    });
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}/`;
}

/** Lets answers end that are under way, for a while. */
function end(server: Server, plain: PlainConnections | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
      plain?.destroy();
    }, GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
