// What pages and workers have, and the types of Node do not name.

/** The browser's store of requests and answers. */
export interface RequestCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  keys(): Promise<readonly Request[]>;
  delete(request: Request | string): Promise<boolean>;
}

interface RequestCaches {
  open(name: string): Promise<RequestCache>;
  keys(): Promise<string[]>;
  delete(name: string): Promise<boolean>;
}

/** A file of the page's own. */
interface FileHandle {
  getFile(): Promise<File>;
  createWritable(): Promise<WritableStream<Uint8Array>>;
}

/** A folder of the page's own. */
export interface FolderHandle {
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<FolderHandle>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
}

/** The parts of a page that this room uses; undefined where it is not a secure context. */
interface Platform {
  readonly caches?: RequestCaches;
  readonly location?: { readonly href: string };
  readonly navigator?: {
    readonly onLine?: boolean;
    readonly storage?: { getDirectory(): Promise<FolderHandle> };
  };
}

export const platform: Platform = globalThis as object;
