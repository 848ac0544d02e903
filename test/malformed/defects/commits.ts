import { commitText, PEOPLE } from '../../fixtures/forge-bytes.ts';
import { sample } from '../../fixtures/forged-sample.ts';
import type { Defect } from './defect.ts';

const commit = (content: (root: Buffer) => Uint8Array | string) => () =>
  sample({ commit: { content: (root) => Buffer.from(content(root)) } });
const headers = (lines: string) => commit((root) => commitText(root, lines));

export const COMMITS: readonly Defect[] = [
  { name: 'an empty commit', lazy: 'BAD_COMMIT', image: commit(() => '') },
  {
    name: 'a commit without a tree',
    lazy: 'BAD_COMMIT',
    image: commit(() => `${PEOPLE}\nmessage\n`),
  },
  {
    name: 'a commit of a tree that is not there',
    lazy: 'MISSING_OBJECT',
    image: commit(() => commitText(Buffer.alloc(20, 1))),
  },
  {
    name: 'a commit of a tree with a short id',
    lazy: 'BAD_COMMIT',
    image: commit(() => `tree 12\n${PEOPLE}\n`),
  },
  {
    name: 'a commit of a tree whose id is no hexadecimal',
    lazy: 'BAD_COMMIT',
    image: commit(() => `tree ${'g'.repeat(40)}\n${PEOPLE}\n`),
  },
  {
    name: 'a commit of itself',
    lazy: 'MISSING_OBJECT',
    image: commit(() => commitText(Buffer.alloc(20, 0x55))),
  },
  {
    name: 'a commit without an author',
    lazy: 'BAD_COMMIT',
    image: headers('committer A <a> 1 +0000\n\n'),
  },
  {
    name: 'a commit without a committer',
    lazy: 'BAD_COMMIT',
    image: headers('author A <a> 1 +0000\n\n'),
  },
  {
    name: 'a committer without an address',
    lazy: 'unseen',
    image: headers('author A <a> 1 +0000\ncommitter A 1 +0000\n\n'),
  },
  { name: 'a parent that is no id', lazy: 'BAD_COMMIT', image: headers(`parent zz\n${PEOPLE}\n`) },
  {
    name: 'an author of 1 MB',
    lazy: 'BAD_COMMIT',
    image: headers(`author ${'A'.repeat(1e6)} <a> 1 +0000\ncommitter A <a> 1 +0000\n`),
  },
  { name: 'a million headers', lazy: 'LIMIT', image: headers(`${'x y\n'.repeat(1e6)}${PEOPLE}`) },
  {
    name: '100,000 parents',
    lazy: 'LIMIT',
    image: headers(`${`parent ${'a'.repeat(40)}\n`.repeat(1e5)}${PEOPLE}`),
  },
];
