import { PassThrough } from 'node:stream';
import { ToolError } from '../../../image-tools/base/errors.ts';
import {
  inspectObjects,
  type ObjectInfo,
  readObjects,
} from '../../../image-tools/source/cat-file.ts';
import { type GitClient, GitError, StreamEnded } from '../../../image-tools/source/git-client.ts';
import { resolveRef } from '../../../image-tools/source/git-ref.ts';
import { reasonOf } from '../../../image-tools/source/git-words.ts';
import { parseLfsPointer } from '../../../image-tools/source/lfs-pointer.ts';
import { mutate } from '../mutate.ts';
import type { Random } from '../random.ts';
import { type FuzzTarget, insist } from '../target.ts';

const MAX_OBJECT = 4096;
const ADDRESS = 'https://host/repository';

function idOf(random: Random): string {
  return random.bytes(20).toString('hex');
}

/** A git whose answers are at hand: it says `listed` of a remote, and `spoken` of objects, in pieces. */
function answering(listed: string, spoken: Buffer, random: Random): GitClient {
  const git: Partial<GitClient> = {
    run: async () => listed,
    async converse(_args, talk) {
      const [stdin, stdout] = [new PassThrough(), new PassThrough()];
      stdin.resume();
      for (let at = 0; at < spoken.length; ) {
        const length = 1 + random.below(random.oneIn(2) ? 10 : 3000);
        stdout.write(spoken.subarray(at, at + length));
        at += length;
      }
      stdout.end();
      return talk(stdin, stdout);
    },
  };
  return git as GitClient;
}

/** What `promise` gives; undefined where it fails in one of the ways that it may. */
async function settled<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ([GitError, ToolError, StreamEnded].some((type) => error instanceof type)) return undefined;
    throw error;
  }
}

/** What `git cat-file --batch` says of objects, somewhat wrong: never more is taken than was promised. */
async function talkOfObjects(random: Random): Promise<void> {
  const withContent = random.oneIn(2);
  const ids = Array.from({ length: 1 + random.below(5) }, () => idOf(random));
  const answers = ids.map((id) => {
    const size = random.oneIn(8) ? random.edgy() : random.below(200);
    if (random.oneIn(12)) return Buffer.from(`${id} missing\n`);
    const head = Buffer.from(`${id} ${random.pick(['blob', 'tree', 'commit', 'tag'])} ${size}\n`);
    const content = Buffer.concat([random.bytes(random.below(200)), Buffer.from('\n')]);
    const exact = Buffer.concat([
      random.bytes(Math.min(Math.max(size, 0), MAX_OBJECT)),
      content.subarray(-1),
    ]);
    return withContent ? Buffer.concat([head, random.oneIn(5) ? content : exact]) : head;
  });
  const sound = Buffer.concat(answers);
  const spoken = random.oneIn(2) ? mutate(sound, random) : sound;
  const git = answering('', spoken, random);
  const asked = ids[Symbol.iterator]();
  const next = () => asked.next().value;
  let visited = 0;
  const check = ({ oid, size }: ObjectInfo) => {
    visited += 1;
    insist(/^[0-9a-f]{40}$/.test(oid) && Number.isSafeInteger(size), 'no object');
  };
  if (withContent) {
    const read = readObjects(git, next, MAX_OBJECT, (content, info) => {
      check(info);
      insist(content.length === info.size && info.size <= MAX_OBJECT, 'a content of another size');
    });
    await settled(read);
  } else await settled(inspectObjects(git, next, check));
  insist(visited <= ids.length, 'more objects than were asked for');
}

/** What `git ls-remote` says: what is fetched then is an id, or a name that was asked for. */
async function talkOfRefs(random: Random): Promise<void> {
  const ref = random.pick(['main', 'v1', 'refs/heads/x', 'abcd', idOf(random), 'a b', '-x', 'é~1']);
  const names = ['HEAD', `refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`, ref];
  const lines = Array.from({ length: random.below(6) }, () => {
    const id = random.oneIn(8) ? random.bytes(32).toString('hex') : idOf(random);
    return `${id}\t${random.pick(names)}\n`;
  });
  const listed = mutate(Buffer.from(lines.join('')), random).toString('latin1');
  const git = answering(listed, Buffer.alloc(0), random);
  const found = await settled(resolveRef(git, { address: ADDRESS, gitDir: undefined }, ref));
  if (found === undefined) return;
  insist(
    found.isId ? /^[0-9a-f]{4,40}$/.test(found.name) : found.name.endsWith(ref),
    'another ref',
  );
}

const WORDS = [
  ...[
    'fatal: ',
    'error: ',
    'remote: ',
    'hint: ',
    'ERROR: ',
    '\r',
    '\n',
    '\x1b[2J',
    ' '.repeat(3000),
  ],
  ...[
    'Receiving objects: 5% (1/20)',
    'the remote end hung up',
    'x'.repeat(5000),
    'no such repository',
  ],
];

export const gitAnswersTarget: FuzzTarget = {
  name: 'git-answers',
  async run(random, spent) {
    await random.pick([talkOfObjects, talkOfRefs])(random);
    const said = Array.from({ length: random.below(20) }, () => random.pick(WORDS)).join('');
    const reason = reasonOf(mutate(Buffer.from(said), random).toString('latin1'));
    insist(reason === undefined || !/[\n\r]/.test(reason), 'a reason of several lines');
    insist((reason?.length ?? 0) <= 500, 'a reason that is too long');
    const pointer = parseLfsPointer(
      mutate(
        Buffer.from(
          `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize ${random.edgy()}\n`,
        ),
        random,
      ),
    );
    insist(pointer === undefined || Number.isSafeInteger(pointer.size), 'a pointer to no size');
    spent.output += reason?.length ?? 0;
  },
};
