import t from 'tap';
import { rehearse } from '../../../../../tender/devices/block/rehearse.ts';

// A request that is wrong would be refused with an error, or go unnoticed with nothing served.
t.test('the rehearsal is a right request, which is served', async (t) => {
  t.equal(rehearse(), 1);
});
