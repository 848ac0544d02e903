import { resolve } from 'node:path';
import { exitProcess } from '../../../tender/native/libc.ts';
import { detachFromStarter, isInBackground, runInBackground } from '../../mount/background.ts';
import { mountImage } from '../../mount/mount-image.ts';
import { loadKernel } from '../../mount/open-fuse.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { EXIT_FAILURE } from '../exit-codes.ts';
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
  async run({ operands, options, say }) {
    const [image, directory] = operands as [string, string];
    if (!options.foreground && !isInBackground()) return runInBackground();
    const log = options.log === undefined ? undefined : resolve(options.log);
    const mounted = await mountImage(image, directory, { ...options, say });
    // A folder that is somebody's current one cannot be taken away.
    process.chdir('/');
    if (isInBackground()) detachFromStarter(loadKernel(), log);
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        signals += 1;
        // Not process.exit: that waits for the thread that sleeps in read(2).
        if (signals > 1) exitProcess(EXIT_FAILURE);
        mounted.unmount().catch((error: Error) => say(error.message));
      });
    }
    await mounted.ended;
    return 0;
  },
};
