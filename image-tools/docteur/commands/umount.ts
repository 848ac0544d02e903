import { unmount } from '../../mount/unmount.ts';
import { type CommandDeclaration, option } from '../declaration.ts';

interface Options {
  readonly lazy?: true;
}

const DETAILS = `
umount and fusermount3 -u do the same. A mount that is in use stays, and the processes that use it are named;
with --lazy it is taken out of the tree of folders at once, and served until its last file is closed.`;

/** `docteur umount`. */
export const umount: CommandDeclaration<Options> = {
  operands: [{ name: '<directory>', text: 'where an image is mounted' }],
  options: [option('-z, --lazy', 'also if it is in use')],
  details: DETAILS,
  examples: [['files']],
  async run({ operands, options }) {
    unmount(operands[0] as string, options.lazy === true);
  },
};
