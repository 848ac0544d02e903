import { InvalidArgumentError } from 'commander';
import { ToolError } from '../../base/errors.ts';
import { FileSink } from '../../files/file-sink.ts';
import { checkOtherFile, replaceFile } from '../../files/output-file.ts';
import { writeBundle } from '../../look/export/bundle.ts';
import { writeRepository } from '../../look/export/repository.ts';
import { openImageParts } from '../../look/image-parts.ts';
import { filePathOf, type ImagePlace } from '../../open/open-image.ts';
import { withImageFile } from '../../open/with-image-file.ts';
import { verifyImage } from '../../verify/verify.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import {
  IMAGE_OPERAND,
  IMAGE_OPTIONS,
  type ImageOptions,
  placeOf,
  requireCommit,
} from '../image-options.ts';
import { nameInput } from '../name-input.ts';
import { Output } from '../output.ts';

interface Options extends ImageOptions {
  readonly git?: string;
  readonly bundle?: string;
  readonly branch: string;
}

/** `docteur export`. */
export const exportImage: CommandDeclaration<Options> = {
  usage: '[--git <dir> | --bundle <file>] [options] <image>',
  operands: [IMAGE_OPERAND],
  options: [
    option('--git <dir>', 'a bare repository; the folder may be there if it is empty'),
    option('--bundle <file>', 'a bundle, for git clone and git fetch; - is stdout').conflicts(
      'git',
    ),
    option('--branch <name>', 'the branch that names the commit', parseBranch, 'main'),
    ...IMAGE_OPTIONS,
  ],
  details: `
An image holds a PACK: git gets it as it is, and no id changes. docteur make of the repository gives an image
with the same commit.

A commit of a repository whose parents the image does not hold is a shallow one to git; a bundle of it can
be fetched only into a repository that has the parents.`,
  examples: [
    ['--git docs.git disk.img', 'then: git -C docs.git log, git clone docs.git'],
    ['--bundle docs.bundle disk.img', 'then: git clone docs.bundle'],
  ],
  async run({ operands, options, say }) {
    const [image] = operands as [string];
    const { git, bundle, branch } = options;
    if (git === undefined && bundle === undefined) {
      throw new ToolError('USAGE', 'missing option: --git DIR or --bundle FILE');
    }
    if (bundle === '-' && process.stdout.isTTY) {
      throw new ToolError('USAGE', 'a bundle is not for a terminal: use a file, or a pipe');
    }
    const write = async (from: ImagePlace) => {
      const parts = openImageParts(from);
      try {
        if (git !== undefined) await writeRepository(parts, branch, git);
        else if (bundle === '-') {
          const stdout = new Output();
          writeBundle(parts, branch, stdout);
          stdout.flush();
        } else {
          await replaceFile(bundle as string, (fd) => {
            const sink = new FileSink(fd);
            writeBundle(parts, branch, sink);
            sink.flush();
          });
        }
        if (bundle !== undefined && parts.commit.parents.length > 0) {
          say('fetch this bundle where the parents of its commit are; --git needs none');
        }
      } finally {
        parts.close();
      }
    };
    try {
      const place = placeOf(image, options);
      const path = filePathOf(place);
      if (path !== undefined && bundle !== undefined && bundle !== '-')
        checkOtherFile(bundle, path);
      // Git believes a PACK that lies in its folder: all of it is checked before.
      if (options.commit === undefined) await write(place);
      else await withVerified(place, options, write);
    } catch (error) {
      throw nameInput(image, error);
    }
  },
};

/** The letters of any sensible branch; git forbids some others, and so does a path. */
function parseBranch(text: string): string {
  const isName = /^[A-Za-z0-9_][\w.+-]*(?:\/[A-Za-z0-9_][\w.+-]*)*$/.test(text);
  if (isName && !/\.\.|\.lock(?:\/|$)|\.(?:\/|$)/.test(text) && text.length <= 200) return text;
  throw new InvalidArgumentError('Not a name of a branch, such as main or docs/v2.');
}

/** The image as a file of which every byte was compared with the commit: of one elsewhere, a copy. */
function withVerified(
  place: ImagePlace,
  options: ImageOptions,
  use: (place: ImagePlace) => Promise<void>,
): Promise<void> {
  return withImageFile(
    place,
    () => {},
    async (path) => {
      const { commit } = await verifyImage(path);
      requireCommit(options, commit);
      await use({ address: path });
    },
  );
}
