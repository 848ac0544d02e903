import { oidToHex } from '#format';
import { backgroundDescriptors, isInBackground, runInBackground } from '../../mount/background.ts';
import { becomeServer, findServer } from '../../mount/become-server.ts';
import { mountImage, openFileToMount } from '../../mount/mount-image.ts';
import { loadKernel } from '../../mount/open-fuse.ts';
import { filePathOf } from '../../open/open-image.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import {
  IMAGE_OPERAND,
  IMAGE_OPTIONS,
  type ImageOptions,
  mountOf,
  placeOf,
} from '../image-options.ts';
import { openToMount } from '../open-to-mount.ts';
import { parseCount } from '../parse-values.ts';

interface Options extends ImageOptions {
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
(with -f), or in the file of --log.

An image that is elsewhere is fetched by a process of its own, as far as it is read. While the network does not answer,
whoever reads waits, and can be interrupted; when it fails, that read is an I/O error, and the next one tries again.`;

/** `docteur mount`. */
export const mount: CommandDeclaration<Options> = {
  operands: [
    IMAGE_OPERAND,
    { name: '<directory>', text: 'the folder where its files are to appear' },
  ],
  options: [
    option('-f, --foreground', 'stay in the foreground, until it is unmounted'),
    option('--allow-other', 'let other users read the files'),
    option('--uid <id>', 'to whom all files belong (default: you)', parseCount(0, MAX_ID)),
    option('--gid <id>', 'to which group (default: yours)', parseCount(0, MAX_ID)),
    option('--ro', 'read-only, as it always is'),
    option('--log <file>', 'append messages to this file, in the background'),
    ...IMAGE_OPTIONS,
  ],
  details: DETAILS,
  examples: [
    ['disk.img files', 'then: grep -r TODO files; docteur umount files'],
    ['-f --allow-other --uid 0 --gid 0 disk.img /srv/docs', 'as a service'],
    ['--cache ~/.cache/docteur https://images.example.org/disk.img files', 'from a web server'],
  ],
  async run({ name, operands, options }) {
    const [image, directory] = operands as [string, string];
    if (!options.foreground && !isInBackground()) return runInBackground();
    const inBackground = isInBackground() ? backgroundDescriptors(options.log) : {};
    const libc = loadKernel();
    const server = findServer();
    const place = placeOf(image, options);
    const path = filePathOf(place);
    let fetchedSize: number | undefined;
    const open = async () => {
      if (path !== undefined) return openFileToMount(path, mountOf(options));
      const fetched = await openToMount(libc, server.koffi, place, mountOf(options));
      fetchedSize = fetched.size;
      return fetched;
    };
    const { fds, ...places } = await mountImage(libc, open, directory, options);
    const { commit } = options;
    return becomeServer(libc, server, {
      name,
      ...places,
      fetchedSize,
      commit: commit === undefined ? undefined : oidToHex(commit),
      uid: options.uid ?? process.getuid?.() ?? 0,
      gid: options.gid ?? process.getgid?.() ?? 0,
      fds: { ...fds, ...inBackground },
    });
  },
};
