import { ToolError } from '../../base/errors.ts';
import { backgroundDescriptors, isInBackground, runInBackground } from '../../mount/background.ts';
import { becomeServer, findServer } from '../../mount/become-server.ts';
import { mountImage } from '../../mount/mount-image.ts';
import { loadKernel } from '../../mount/open-fuse.ts';
import { filePathOf } from '../../open/open-image.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { parseCount } from '../parse-values.ts';

interface Options {
  readonly foreground?: true;
  readonly allowOther?: true;
  readonly uid?: number;
  readonly gid?: number;
  readonly ro?: true;
  readonly log?: string;
}

const MAX_ID = 2 ** 32 - 2;

const DETAILS = `
The files of the image appear below DIRECTORY, read-only, for every program. Linux keeps what was read once:
the next time costs no more than a file on a disk.

Root may mount, and everybody who has fusermount3 (Debian: apt-get install fuse3) or is root in a namespace of
users (unshare -rm). Others see the files only with --allow-other, which users other than root may give if
/etc/fuse.conf has the line user_allow_other.

The mount ends by docteur umount, umount or fusermount3 -u, or by SIGTERM or SIGINT to the server. A mount that
is in use is detached by signals: it is served until its last file is closed. A second signal ends the server at
once. A file that cannot be read is an I/O error for whoever reads it, and one line of the server on stderr
(with -f), or in the file of --log.`;

/** `docteur mount`. */
export const mount: CommandDeclaration<Options> = {
  operands: [
    { name: '<image>', text: 'the image' },
    { name: '<directory>', text: 'the folder where its files are to appear' },
  ],
  options: [
    option('-f, --foreground', 'stay in the foreground, until it is unmounted'),
    option('--allow-other', 'let other users read the files'),
    option('--uid <id>', 'to whom all files belong (default: you)', parseCount(0, MAX_ID)),
    option('--gid <id>', 'to which group (default: yours)', parseCount(0, MAX_ID)),
    option('--ro', 'read-only, as it always is'),
    option('--log <file>', 'append messages to this file, in the background'),
  ],
  details: DETAILS,
  examples: [
    ['disk.img files', 'then: grep -r TODO files; docteur umount files'],
    ['-f --allow-other --uid 0 --gid 0 disk.img /srv/docs', 'as a service'],
  ],
  async run({ name, operands, options }) {
    const [image, directory] = operands as [string, string];
    if (!options.foreground && !isInBackground()) return runInBackground();
    const inBackground = isInBackground() ? backgroundDescriptors(options.log) : {};
    const libc = loadKernel();
    const server = findServer();
    const path = filePathOf({ address: image });
    if (path === undefined) {
      throw new ToolError(
        'USAGE',
        'only files can be mounted: docteur fetch makes one of an address',
      );
    }
    const { fds, ...places } = await mountImage(libc, path, directory, options);
    return becomeServer(libc, server, {
      name,
      ...places,
      uid: options.uid ?? process.getuid?.() ?? 0,
      gid: options.gid ?? process.getgid?.() ?? 0,
      fds: { ...fds, ...inBackground },
    });
  },
};
