import { replaceFile } from '../../files/output-file.ts';
import { fetchImage } from '../../open/fetch-image.ts';
import { verifyImage } from '../../verify/verify.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { IMAGE_OPTIONS, type ImageOptions, placeOf, requireCommit } from '../image-options.ts';
import { nameInput } from '../name-input.ts';
import { ProgressLine } from '../progress-line.ts';
import { formatBytes } from '../units.ts';

interface Options extends ImageOptions {
  readonly quiet?: true;
}

/** `docteur fetch`. */
export const fetch: CommandDeclaration<Options> = {
  operands: [
    { name: '<address>', text: 'the image: https://, nbd://, qemu:, or a file' },
    { name: '<image>', text: 'the file to write; replaced only when the new one is complete' },
  ],
  options: [...IMAGE_OPTIONS, option('-q, --quiet', 'no progress and no summary')],
  details: `
The copy appears whole or not at all. With --commit, it is verified before it appears. With --cache, what was
fetched before, or by a command that was interrupted, is not fetched again.`,
  examples: [
    ['https://images.example.org/disk.img disk.img'],
    [
      '--cache ~/.cache/docteur https://images.example.org/disk.img disk.img',
      'goes on where it was interrupted',
    ],
    ['qemu:disk.qcow2 disk.img'],
  ],
  async run({ operands, options, say }) {
    const [address, image] = operands as [string, string];
    const line = new ProgressLine(options.quiet === true);
    try {
      const size = await replaceFile(image, async (fd) => {
        const fetched = await fetchImage(placeOf(address, options), fd, (done, total) =>
          line.update({ phase: 'fetching', unit: 'bytes', done, total }),
        );
        if (options.commit !== undefined) {
          const result = await verifyImage(`/proc/self/fd/${fd}`, {
            onProgress: (done, total) =>
              line.update({ phase: 'verifying', unit: 'objects', done, total }),
          });
          requireCommit(options, result.commit);
        }
        return fetched;
      });
      line.end();
      if (!options.quiet) say(`${image}: ${formatBytes(size)}`);
    } catch (error) {
      throw nameInput(address, error);
    } finally {
      line.end();
    }
  },
};
