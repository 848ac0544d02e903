import { toOneLine, toPlainJson, toPlainText } from '#format';
import { withImageFile } from '../../open/with-image-file.ts';
import { type VerifyResult, verifyImage } from '../../verify/verify.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import {
  IMAGE_OPERAND,
  IMAGE_OPTIONS,
  type ImageOptions,
  placeOf,
  requireCommit,
} from '../image-options.ts';
import { nameInput } from '../name-input.ts';
import { ProgressLine } from '../progress-line.ts';

interface Options extends ImageOptions {
  readonly json?: true;
  readonly quiet?: true;
}

const DETAILS = `
Every object is decoded and compared with its id; every checksum is compared, and the index byte for
byte; everything that the commit refers to must be there. An image that is elsewhere is first fetched as a
whole, into a temporary file. On success, the commit, its author, its root
tree and its message are printed. A damaged image is an error. A pipe or a file gets names and message
as they are; on a terminal, control characters are shown as \\u{1b}.`;

/** `docteur verify`, and `docteur.verify`. */
export const verify: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND],
  options: [
    option('--json', 'print the result as JSON'),
    option('-q, --quiet', 'no progress'),
    ...IMAGE_OPTIONS,
  ],
  details: DETAILS,
  examples: [['disk.img'], ['--json disk.img']],
  async run({ operands, options }) {
    const [image] = operands as [string];
    const line = new ProgressLine(options.quiet === true);
    try {
      const onBytes = (done: number, total: number) =>
        line.update({ phase: 'fetching', unit: 'bytes', done, total });
      const result = await withImageFile(placeOf(image, options), onBytes, (path) =>
        verifyImage(path, {
          onProgress: (done, total) =>
            line.update({ phase: 'verifying', unit: 'objects', done, total }),
        }),
      );
      requireCommit(options, result.commit);
      line.end();
      process.stdout.write(
        options.json ? formatJson(result) : formatText(result, process.stdout.isTTY === true),
      );
    } catch (error) {
      throw nameInput(image, error);
    } finally {
      line.end();
    }
  },
};

/**
 * As the original prints it. Names and message are bytes, and stay what they are, but on a terminal: there
 * they could command it.
 */
function formatText(result: VerifyResult, isTerminal: boolean): Uint8Array {
  const { author, message } = result.details;
  const clean = (bytes: Uint8Array, clean: (text: string) => string) =>
    isTerminal ? Buffer.from(clean(Buffer.from(bytes).toString())) : Buffer.from(bytes);
  const quoted = Buffer.from(author.name).toString('latin1').replace(/["\\]/g, '\\$&');
  return Buffer.concat([
    Buffer.from(`commit\t: ${result.commit}\nauthor\t: "`),
    clean(Buffer.from(quoted, 'latin1'), toOneLine),
    Buffer.from('" <'),
    clean(author.email, toOneLine),
    Buffer.from(`>\nroot\t: ${result.root}\n\n`),
    clean(message, toPlainText),
    // A shell's prompt should not follow on the message's last line.
    Buffer.from(message.length > 0 && message.at(-1) !== 0x0a ? '\n' : ''),
  ]);
}

function formatJson(result: VerifyResult): string {
  const { details, ...numbers } = result;
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  const { author, committer, parents, message } = details;
  const person = ({ name, email, seconds, zone }: typeof author) => ({
    name: text(name),
    email: text(email),
    seconds,
    zone,
  });
  return `${toPlainJson({
    ...numbers,
    author: person(author),
    committer: person(committer),
    parents: parents.map((parent) => Buffer.from(parent).toString('hex')),
    message: text(message),
  })}\n`;
}
