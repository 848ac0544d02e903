// Modules in an image beside the same ones in a folder, loaded by Node itself. In a process of its own: tap
// has hooks in this one, which change what Node finds.
import t from 'tap';

const program = new URL('../fixtures/modules-beside-node.ts', import.meta.url).pathname;
const node = [process.execPath, '--conditions=docteur:source', program];

t.spawn('sh', ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', ...node], 'as Node finds them');
