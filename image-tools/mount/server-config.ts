/** What the process that serves a mounted image is told, as JSON in its argument. */
export interface ServerConfig {
  /** As its user calls it: what messages begin with. */
  readonly name: string;
  /** The image and the folder, as the list of processes shows them. */
  readonly image: string;
  readonly directory: string;
  /** To whom all files belong. */
  readonly uid: number;
  readonly gid: number;
  /** Files of koffi's native module. */
  readonly koffi: readonly string[];
  /** The commit that the image must hold, in hexadecimal; all that is read is then checked. */
  readonly commit?: string | undefined;
  /** Bytes of an image that is elsewhere. */
  readonly fetchedSize?: number | undefined;
  readonly fds: ServerDescriptors;
}

/** Descriptors that it inherits, beside stderr. */
interface ServerDescriptors {
  /** /dev/fuse, mounted. */
  readonly fuse: number;
  /** The image's file, or the socket by which it is fetched. */
  readonly image: number;
  /** Of the watcher: see `watcher.ts`. */
  readonly watcher: number;
  /** In the background: the file that messages go to once it serves, and where it says that it does. */
  readonly log?: number;
  readonly ready?: number;
}
