import { basename } from 'node:path';
import { toOneLine, toPlainJson } from '#format';
import { FileSink } from '../../files/file-sink.ts';
import { replaceFile } from '../../files/output-file.ts';
import { type ImageReport, reportImage } from '../../look/info/image-report.ts';
import { mapSvg } from '../../look/info/map-svg.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { IMAGE_OPERAND, IMAGE_OPTIONS, type ImageOptions, placeOf } from '../image-options.ts';
import { nameInput } from '../name-input.ts';
import { withImage } from '../open-image.ts';
import { Output } from '../output.ts';
import { formatBytes, formatCount } from '../units.ts';

interface Options extends ImageOptions {
  readonly json?: true;
  readonly svg?: string;
}

const BAR = 24;
const MOST_ROWS = 8;

/** `docteur info`. */
export const info: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND],
  options: [
    option('--json', 'all of it as JSON').conflicts('svg'),
    option('--svg <file>', 'a picture of where the bytes went; - is stdout'),
    ...IMAGE_OPTIONS,
  ],
  details: `
The commit, what the image holds, how it is packed, and where the bytes went: an object counts for the
first path that it is met at, with what it takes in the PACK. Nothing is checked but what is read;
docteur verify checks everything.`,
  examples: [
    ['disk.img'],
    ['--svg map.svg disk.img'],
    ["--json disk.img | jq '.pack.longestChain'"],
  ],
  async run({ operands, options }) {
    const [image] = operands as [string];
    const report = await withImage(image, options, (nodes) => {
      try {
        return reportImage(placeOf(image, options), nodes);
      } catch (error) {
        throw nameInput(image, error);
      }
    });
    const output = new Output();
    if (options.json) output.write(`${toPlainJson(report)}\n`);
    else if (options.svg === undefined) output.write(describe(image, report));
    else {
      const picture = mapSvg(basename(image), report);
      if (options.svg === '-') output.write(picture);
      else {
        await replaceFile(options.svg, (fd) => {
          const sink = new FileSink(fd);
          sink.write(Buffer.from(picture));
          sink.flush();
        });
      }
    }
    output.flush();
  },
};

function describe(image: string, { commit, layout, pack, files }: ImageReport): string {
  const { kinds } = files;
  const types = Object.entries(pack.types).map(([name, { objects, packed }]) => {
    return `${formatCount(objects, name)} in ${formatBytes(packed)}`;
  });
  const things = [
    `${formatCount(kinds.file + kinds.executable, 'file')} of ${formatBytes(files.size)}`,
    `${kinds.executable} executable`,
    formatCount(kinds.directory, 'folder'),
    ...(kinds.link > 0 ? [formatCount(kinds.link, 'link')] : []),
    ...(kinds.submodule > 0 ? [formatCount(kinds.submodule, 'submodule')] : []),
  ];
  const parts = [
    `PACK ${formatBytes(layout.packSize)}`,
    `IDX ${formatBytes(layout.idxSize)}`,
    layout.indexSize > 0 ? `path index ${formatBytes(layout.indexSize)}` : 'no path index',
    `padding ${formatBytes(layout.padding)}`,
    `blocks of ${layout.blockSize}`,
  ];
  const [subject = ''] = commit.message.split('\n');
  const packedFiles = files.shares.reduce((sum, { packed }) => sum + packed, 0);
  const folders = files.shares
    .slice(0, MOST_ROWS)
    .map(({ path, packed }) => barLine(path, packed, packedFiles));
  const suffixes = files.suffixes
    .slice(0, MOST_ROWS)
    .map(({ suffix, packed }) => barLine(suffix || '(no suffix)', packed, packedFiles));
  const largest = files.largest.map(({ path, size, packed }) => {
    return `  ${formatBytes(packed).padStart(10)} ${formatBytes(size).padStart(10)}  ${toOneLine(path)}\n`;
  });
  return `${toOneLine(image)}: ${formatBytes(layout.imageSize)}
commit   ${commit.id}
date     ${dateOf(commit.seconds, commit.zone)}
author   ${toOneLine(commit.author)}
${subject === '' ? '' : `subject  ${toOneLine(subject)}\n`}files    ${things.join(', ')}
objects  ${types.join(', ')}
deltas   ${pack.deltas}, longest chain ${pack.longestChain}
layout   ${parts.join(', ')}

Where the bytes of files went:
${folders.join('')}
By suffix:
${suffixes.join('')}
Largest files, packed and as they are:
${largest.join('')}`;
}

function barLine(name: string, bytes: number, total: number): string {
  const share = total === 0 ? 0 : bytes / total;
  const bar = '#'.repeat(Math.round(share * BAR)).padEnd(BAR);
  const percent = `${(100 * share).toFixed(1)} %`.padStart(7);
  return `  ${bar} ${percent} ${formatBytes(bytes).padStart(10)}  ${toOneLine(name)}\n`;
}

/** On the committer's clock. */
function dateOf(seconds: number, zone: string): string {
  const [, sign = '+', hours = '00', minutes = '00'] = /^([+-])(\d\d)(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  const date = new Date((seconds + offset) * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} ${zone}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} ${zone}`;
}
