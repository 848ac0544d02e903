import { ToolError } from '../../base/errors.ts';
import { FileSink } from '../../files/file-sink.ts';
import { checkOtherFile, replaceFile } from '../../files/output-file.ts';
import { writeTar } from '../../look/tar/write-tar.ts';
import { filePathOf } from '../../open/open-image.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { commitOf } from '../image-file.ts';
import { IMAGE_OPERAND, IMAGE_OPTIONS, type ImageOptions, placeOf } from '../image-options.ts';
import { withImage } from '../open-image.ts';
import { Output } from '../output.ts';
import { collect } from '../parse-values.ts';

interface Options extends ImageOptions {
  readonly output: string;
  readonly exclude?: string[];
  readonly check?: true;
}

/** `docteur tar`. */
export const tar: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND, { name: '[path...]', text: 'files and folders in it (default: all)' }],
  options: [
    option('-o, --output <file>', 'the tar to write').default('-', 'stdout'),
    option('--exclude <glob>', 'leave out paths that match; may be repeated', collect),
    option('--check', 'compare every file with its id'),
    ...IMAGE_OPTIONS,
  ],
  details: `
A tar in pax's format: any names, links and sizes. The same image and paths give the same bytes. Times are
the commit's, nobody owns anything, a submodule is an empty folder; the commit's id is there as git archive
writes it (git get-tar-commit-id reads it). The globs are those of docteur make.`,
  examples: [
    ['disk.img | tar t'],
    ['disk.img docs | gzip -n > docs.tar.gz', 'one folder'],
    ['-o all.tar disk.img'],
  ],
  async run({ operands, options }) {
    const [image, ...paths] = operands as [string, ...string[]];
    const { output, exclude } = options;
    if (output === '-' && process.stdout.isTTY) {
      throw new ToolError('USAGE', 'a tar is not for a terminal: use -o FILE, or a pipe');
    }
    const what = { paths, exclude, comment: commitOf(placeOf(image, options)) };
    await withImage(
      image,
      options,
      async (nodes) => {
        if (output !== '-') {
          const path = filePathOf(placeOf(image, options));
          if (path !== undefined) checkOtherFile(output, path);
          await replaceFile(output, (fd) => {
            const sink = new FileSink(fd);
            writeTar(nodes, what, sink);
            sink.flush();
          });
          return;
        }
        const stdout = new Output();
        writeTar(nodes, what, stdout);
        stdout.flush();
      },
      options.check ? { check: true } : {},
    );
  },
};
