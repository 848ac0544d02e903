// Which file is at fault, said once.
import t from 'tap';
import { FormatError } from '#format';
import { nameInput } from '../../../../image-tools/docteur/name-input.ts';

const messageOf = (error: unknown, other?: string) =>
  (nameInput('new', error, other) as Error).message;

t.test('an image names its file, once', async (t) => {
  t.equal(messageOf(new FormatError('BAD_PACK', 'not a PACK')), 'new: not a PACK');
  t.equal(messageOf(new FormatError('BAD_PACK', 'new: not a PACK')), 'new: not a PACK');
  t.equal(messageOf(new FormatError('BAD_PACK', 'old: not a PACK'), 'old'), 'old: not a PACK');
  t.equal(messageOf(new FormatError('BAD_PACK', 'not a PACK'), 'old'), 'new: not a PACK');
  t.equal(messageOf(new Error('no memory')), 'no memory');
});
