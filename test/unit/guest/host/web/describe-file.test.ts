import t from 'tap';
import { FormatError } from '#format';
import { describeFile } from '../../../../../guest/host/web/describe-file.ts';
import { checkSiteOptions } from '../../../../../guest/host/web/site-options.ts';
import type { FileSystem, NodeTree, TreeNode } from '../../../../../guest/reader/index.ts';

t.test(
  'a file that is shorter than the index says leaves nothing of its place to be sent',
  async (t) => {
    const nodes = {
      lastModified: 0,
      find: () => ({}) as TreeNode,
      size: () => 100,
      id: () => new Uint8Array(20),
      view: () => new Uint8Array(60),
    } as unknown as NodeTree;
    const options = checkSiteOptions({});
    const sources = {
      fs: { nodes } as FileSystem,
      options,
      stored: undefined,
      typeOf: () => 'x/y',
      lastModified: '',
      modifiedAt: 0,
    };
    const { plain } = describeFile(sources, '/short');
    t.throws(() => plain.body.fill(new Uint8Array(100), 0), FormatError);
    t.throws(() => plain.body.fill(new Uint8Array(70), 30), FormatError);
    plain.body.fill(new Uint8Array(60), 40);
  },
);
