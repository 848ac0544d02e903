import { FsError, MissingBytes, type NodeTree, type TreeNode } from '../../reader/index.ts';
import { Attributes, FOR_LONG, putAbsent } from './attributes.ts';
import { listDirectory } from './directory.ts';
import { errnoOf } from './errno.ts';
import { answerInit } from './init.ts';
import { KnownNodes } from './known-nodes.ts';
import { MAX_NAME_BYTES } from './names.ts';
import {
  ATTRIBUTES_BYTES,
  ENTRY_BYTES,
  ERRNO,
  OPCODE,
  REPLY_ATTRIBUTES_AT,
  REPLY_HEADER,
  REQUEST_HEADER,
  STATFS_BYTES,
  UNANSWERED,
  WRITERS,
} from './protocol.ts';
import { Reply } from './reply.ts';
import { Request } from './request.ts';

const BLOCK_BYTES = 4096;
/** The flags of open(2) that ask for writing. */
const ACCESS_MODE = 3;
/** Linux's pages per request, and 4 KiB each. */
const MAX_READ = 1 << 20;

/** What an image looks like as a file system. */
export interface FuseServerOptions {
  /** To whom every file belongs. */
  readonly uid: number;
  readonly gid: number;
  /** What the image takes on its disk, for statfs. */
  readonly imageBytes: number;
  /**
   * Told of everything that could not be read: the error, and the node's name if it has one. The request
   * itself is answered with EIO or the like.
   */
  readonly onFault?: (error: unknown, name: Uint8Array) => void;
}

/**
 * A read-only server of the FUSE protocol (<linux/fuse.h>, 7.23 to 7.38) over the nodes of an image: bytes of a
 * request in, bytes of its reply out, without a descriptor, a clock or a wait. The same requests come from
 * /dev/fuse and from a virtiofs queue, and are checked as if they came from an enemy.
 *
 * It remembers nothing of what it has given to the kernel, and lets it keep everything for a year: the kernel
 * asks once for each name, directory and page.
 */
export class FuseServer {
  readonly #nodes: NodeTree;
  readonly #options: FuseServerOptions;
  readonly #attributes: Attributes;
  readonly #known: KnownNodes;
  readonly #listing: Parameters<typeof listDirectory>[0];
  #isStarted = false;
  #reply = new Reply(new Uint8Array(REPLY_HEADER));

  /** `nodes` is borrowed for as long as the server is in use. */
  constructor(nodes: NodeTree, options: FuseServerOptions) {
    this.#nodes = nodes;
    this.#options = options;
    this.#known = new KnownNodes(nodes);
    this.#attributes = new Attributes({ ...options, seconds: nodes.lastModified });
    this.#listing = {
      nodes,
      attributes: this.#attributes,
      end: undefined,
      onFault: (error, node) => this.#tell(error, node),
      onLongName: (node) => {
        this.#tell(new RangeError('the name is too long for Linux: it is not listed'), node);
      },
    };
  }

  /**
   * Answers one request: writes the reply into `reply`, which need not be zeroed, and gives its length; 0 where
   * the request takes no answer, or there is no room for one. A READ or READDIR gives no more than fits.
   * Never throws because of a request or an image, but for {@link MissingBytes}: the same call is then to be made
   * again.
   * @param request exactly one, with its header; not kept
   * @param reply not kept beyond the next call; best the same each time
   */
  handle(request: Uint8Array, reply: Uint8Array): number {
    if (request.length < REQUEST_HEADER || reply.length < REPLY_HEADER) return 0;
    const asked = new Request(request);
    const { opcode } = asked;
    if (UNANSWERED.has(opcode)) return 0;
    if (this.#reply.bytes !== reply) this.#reply = new Reply(reply);
    return this.#reply.finish(request, this.#answer(asked, opcode, this.#reply));
  }

  /** The length of the body, or an error's number, negative. */
  #answer(request: Request, opcode: number, reply: Reply): number {
    if (!request.isWhole) return -ERRNO.EINVAL;
    if (opcode === OPCODE.INIT) {
      const length = answerInit(request, reply, MAX_READ);
      this.#isStarted ||= length > 0;
      return length;
    }
    if (!this.#isStarted) return -ERRNO.EIO;
    if (WRITERS.has(opcode)) return -ERRNO.EROFS;
    let node: TreeNode | undefined;
    try {
      node = this.#known.find(request.nodeid);
      return this.#serve(request, opcode, node, reply);
    } catch (error) {
      return this.#fail(error, node);
    }
  }

  #serve(request: Request, opcode: number, node: TreeNode | undefined, reply: Reply): number {
    switch (opcode) {
      case OPCODE.STATFS:
        return this.#statfs(reply);
      case OPCODE.RELEASE:
      case OPCODE.RELEASEDIR:
      case OPCODE.DESTROY:
        return 0;
    }
    if (node === undefined) return -ERRNO.ESTALE;
    switch (opcode) {
      case OPCODE.LOOKUP:
        return this.#lookUp(node, request.name, reply);
      case OPCODE.GETATTR:
        return this.#getAttributes(node, reply);
      case OPCODE.READLINK:
        return this.#readLink(node, reply);
      case OPCODE.READ:
        return this.#read(node, request, reply);
      case OPCODE.READDIR:
      case OPCODE.READDIRPLUS:
        return this.#readDirectory(node, request, opcode === OPCODE.READDIRPLUS, reply);
      case OPCODE.OPEN:
        return ((request.u32(0) ?? 0) & ACCESS_MODE) === 0 ? -ERRNO.ENOSYS : -ERRNO.EROFS;
      default:
        // The kernel remembers this, and does not ask again: to open, to flush, for attributes by name.
        return -ERRNO.ENOSYS;
    }
  }

  #lookUp(directory: TreeNode, name: Request['name'], reply: Reply): number {
    if (name === undefined) return -ERRNO.EINVAL;
    if (name === 'too long') return -ERRNO.ENAMETOOLONG;
    if (reply.capacity < ENTRY_BYTES) return -ERRNO.EINVAL;
    const nodes = this.#nodes;
    const kind = nodes.kind(directory);
    const isEmpty = kind === 'submodule';
    if (kind !== 'directory' && !isEmpty) return -ERRNO.ENOTDIR;
    const node = isEmpty ? undefined : nodes.child(directory, name);
    if (node === undefined) {
      putAbsent(reply, 0);
      return ENTRY_BYTES;
    }
    try {
      const number = nodes.number(node);
      this.#attributes.putEntry(reply, 0, number, nodes.kind(node), nodes.size(node));
      this.#known.keep(number, node);
      return ENTRY_BYTES;
    } catch (error) {
      return this.#fail(error, node);
    }
  }

  #getAttributes(node: TreeNode, reply: Reply): number {
    const nodes = this.#nodes;
    if (reply.capacity < REPLY_ATTRIBUTES_AT + ATTRIBUTES_BYTES) return -ERRNO.EINVAL;
    reply.zero(0, REPLY_ATTRIBUTES_AT);
    reply.u64(0, FOR_LONG);
    const number = nodes.number(node);
    const size = nodes.size(node);
    this.#attributes.putAttributes(reply, REPLY_ATTRIBUTES_AT, number, nodes.kind(node), size);
    return REPLY_ATTRIBUTES_AT + ATTRIBUTES_BYTES;
  }

  #readLink(node: TreeNode, reply: Reply): number {
    if (this.#nodes.kind(node) !== 'link') return -ERRNO.EINVAL;
    // A target of more bytes than a page is no path.
    if (this.#nodes.size(node) >= BLOCK_BYTES) return -ERRNO.ENAMETOOLONG;
    const target = this.#nodes.target(node);
    if (target.length > reply.capacity) return -ERRNO.EINVAL;
    reply.set(0, target);
    return target.length;
  }

  #read(node: TreeNode, request: Request, reply: Reply): number {
    const offset = request.u64(8);
    const size = request.u32(16);
    if (offset === undefined || size === undefined) return -ERRNO.EINVAL;
    const part = this.#nodes.view(node, offset, Math.min(size, reply.capacity, MAX_READ));
    reply.set(0, part);
    return part.length;
  }

  #readDirectory(node: TreeNode, request: Request, plus: boolean, reply: Reply): number {
    const place = request.u64(8);
    const size = request.u32(16);
    if (place === undefined || size === undefined) return -ERRNO.EINVAL;
    const kind = this.#nodes.kind(node);
    if (kind !== 'directory' && kind !== 'submodule') return -ERRNO.ENOTDIR;
    const directory = { node, kind, number: this.#nodes.number(node) };
    const room = Math.min(size, reply.capacity, MAX_READ);
    return listDirectory(this.#listing, directory, { place, room, plus }, reply);
  }

  #statfs(reply: Reply): number {
    if (reply.capacity < STATFS_BYTES) return -ERRNO.EINVAL;
    reply.zero(0, STATFS_BYTES);
    reply.u64(0, Math.ceil(this.#options.imageBytes / BLOCK_BYTES));
    reply.u32(40, BLOCK_BYTES);
    reply.u32(44, MAX_NAME_BYTES);
    reply.u32(48, BLOCK_BYTES);
    return STATFS_BYTES;
  }

  /** The number of an error, negative. @throws MissingBytes: the request is still to be answered */
  #fail(error: unknown, node: TreeNode | undefined): number {
    if (error instanceof MissingBytes) throw error;
    this.#tell(error, node);
    return -errnoOf(error);
  }

  /** What was asked for in vain is no fault of the image. */
  #tell(error: unknown, node: TreeNode | undefined): void {
    const { onFault } = this.#options;
    if (onFault === undefined || error instanceof FsError) return;
    let name = new Uint8Array(0);
    try {
      if (node !== undefined) name = this.#nodes.name(node).slice();
    } catch {
      // There is enough to tell without it.
    }
    onFault(error, name);
  }
}
