import type { ServerConfig } from '../../confined/start-server-process.ts';
import type { ConnectionEnd } from '../conversation.ts';

/** An image that a server's process offers. */
interface OfferedImage {
  readonly name: string;
  /** What it is, for people. */
  readonly description: string;
  /** Bytes. */
  readonly size: number;
}

/** What that process is told. Its descriptors are the listening sockets, then the images. */
export interface NbdConfig extends ServerConfig {
  readonly listeners: number;
  readonly images: readonly OfferedImage[];
  readonly maxConnections: number;
}

/** What it tells, a line of JSON each. `client` counts the process's own, from 1. */
export type NbdProcessEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'connect'; readonly client: number }
  | { readonly event: 'export'; readonly client: number; readonly export: string }
  | ({ readonly event: 'disconnect'; readonly client: number } & ConnectionEnd)
  | { readonly event: 'refused'; readonly reason: string }
  | { readonly event: 'failure'; readonly message: string }
  /** Bytes of data that connected clients got since it was told last. */
  | { readonly event: 'traffic'; readonly bytes: number }
  /** The process ends. */
  | { readonly event: 'broken'; readonly message: string };
