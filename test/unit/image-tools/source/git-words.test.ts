import t from 'tap';
import { reasonOf } from '../../../../image-tools/source/git-words.ts';

const ADVICE = `fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
`;
const RULE = 'remote: ========================================================================';

const ROWS: readonly [words: string, stderr: string, reason: string | undefined][] = [
  ['nothing', '', undefined],
  ['empty lines', '\n\n', undefined],
  ['a plain failure', "fatal: couldn't find remote ref x\n", "couldn't find remote ref x"],
  [
    'the first of two',
    'error: unable to read 53f6\nfatal: git upload-pack: aborting due to possible corruption\n',
    'unable to read 53f6',
  ],
  [
    'a host that ssh does not know',
    `Host key verification failed.\n${ADVICE}`,
    'Host key verification failed.',
  ],
  [
    'ssh, behind what it says of a new host',
    `Warning: Permanently added 'h' (ED25519) to the list of known hosts.\ngit@h: Permission denied (publickey).\n${ADVICE}`,
    'git@h: Permission denied (publickey).',
  ],
  [
    'ssh, without a host of that name',
    `ssh: Could not resolve hostname h: Name or service not known\n${ADVICE}`,
    'ssh: Could not resolve hostname h: Name or service not known',
  ],
  ["a server's word", `ERROR: Repository not found.\n${ADVICE}`, 'Repository not found.'],
  [
    "a server's word within a frame",
    `remote: \n${RULE}\nremote: \nremote: ERROR: The project could not be found.\nremote: \n${RULE}\nremote: \n${ADVICE}`,
    'The project could not be found.',
  ],
  [
    'the other side ended for a reason',
    'remote: Enumerating objects: 5, done.\nremote: fatal: unable to read 53f6\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n',
    'unable to read 53f6',
  ],
  ['the other side ended, and nothing else', ADVICE, 'Could not read from remote repository.'],
  [
    'what is found stands below',
    `fatal: unknown repository extension found:\n\trefstorage\n${ADVICE}`,
    'unknown repository extension found: refstorage',
  ],
  [
    'several of them',
    'fatal: unknown repository extensions found:\n\tone\n\ttwo\n',
    'unknown repository extensions found: one; two',
  ],
  [
    'what to do',
    `fatal: detected dubious ownership in repository at '/r/.git'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /r/.git\n${ADVICE}`,
    "detected dubious ownership in repository at '/r/.git'; To add an exception for this directory, call: git config --global --add safe.directory /r/.git",
  ],
  [
    'progress that overwrites itself',
    'Receiving objects:  50% (1/2)\rReceiving objects: 100% (2/2)\rfatal: write error: No space left on device\n',
    'write error: No space left on device',
  ],
  ['no prefix at all', 'usage: git fetch\nsomething else\n', 'something else'],
];

t.test("git's reason, out of all that it says", async (t) => {
  for (const [words, stderr, reason] of ROWS) t.equal(reasonOf(stderr), reason, words);
});

t.test('as much as a hostile server says', async (t) => {
  const reason = reasonOf(`fatal: ${'x'.repeat(1e6)}\n${'y\n'.repeat(1e5)}`);
  t.equal(reason?.length, 500);
  t.match(reason, /^x+\.\.\.$/);
  t.equal(reasonOf(`fatal: a:\n${'b\n'.repeat(1e5)}`), 'a: b; b; b; b; b');
});
