import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeSystemError, ToolError } from '../../base/errors.ts';
import { openRegularFile } from '../../files/file-source.ts';
import { type BrowsedImage, mapOf, type PageConfig } from './browsed-image.ts';
import { ASSETS, pageHtml, readAsset } from './page-files.ts';
import { securityPolicy } from './security-policy.ts';
import { sendFileRange, sendUrlRange } from './send-range.ts';

/** A browser has some six; other programs of this machine may try. */
const MAX_CONNECTIONS = 64;

const STRICT: Readonly<Record<string, string>> = {
  'content-security-policy': `${securityPolicy([])}; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

interface BrowseServer {
  /** The page's address, which nobody can guess: other users of this machine cannot look into the images. */
  readonly url: string;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Shows images on loopback. @throws ToolError */
export async function startBrowseServer(
  images: readonly BrowsedImage[],
  port: number,
): Promise<BrowseServer> {
  const routes = new Map<string, Answer>();
  const fds: number[] = [];
  const send = (type: string, body: () => string | Buffer | Promise<string>): Answer => {
    return async ({ method }, response) => {
      const bytes = Buffer.from(await body());
      response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
      response.end(method === 'HEAD' ? undefined : bytes);
    };
  };
  routes.set(
    '',
    send('text/html; charset=utf-8', () => pageHtml([])),
  );
  for (const [name, type] of Object.entries(ASSETS)) {
    const bytes = readAsset(name);
    routes.set(
      name,
      send(type, () => bytes),
    );
  }
  const config: PageConfig = {
    images: images.map((image, i) => {
      const { name } = image;
      if (image.kind === 'url') {
        routes.set(`image-${i}`, (request, response) => sendUrlRange(image.url, request, response));
        return { name, url: `image-${i}` };
      }
      const fd = openRegularFile(image.path);
      fds.push(fd);
      routes.set(`image-${i}`, (request, response) => sendFileRange(fd, request, response));
      let map: Promise<string> | undefined;
      const report = () => {
        map ??= mapOf(image);
        return map;
      };
      routes.set(`map-${i}.json`, send('application/json', report));
      return { name, url: `image-${i}`, map: `map-${i}.json` };
    }),
  };
  routes.set(
    'docteur.json',
    send('application/json', () => JSON.stringify(config)),
  );

  const prefix = `/${randomBytes(16).toString('hex')}/`;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(STRICT)) response.setHeader(name, value);
    const { host = '' } = request.headers;
    const refuse = (status: number, words: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${words}\n`);
    };
    // A page elsewhere can make its own name lead here, and would then be of our origin.
    if (!hosts.includes(host)) return refuse(421, `this is ${hosts[0]}`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'GET or HEAD');
    const [path = ''] = (request.url ?? '').split('?');
    const answer = path.startsWith(prefix) ? routes.get(path.slice(prefix.length)) : undefined;
    if (answer === undefined) return refuse(404, 'not found');
    void Promise.resolve(answer(request, response)).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else refuse(502, error.message);
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const words = `127.0.0.1:${port}: cannot listen: ${describeSystemError(error)}`;
      reject(new ToolError('CANNOT_CREATE', words, error));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  const hosts = [`127.0.0.1:${actual}`, `localhost:${actual}`];
  return {
    url: `http://${hosts[0]}${prefix}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const fd of fds) closeSync(fd);
    },
  };
}
