// Writes V8's code of CommonJS bundles beside them, for the Node that runs this.
// usage: node --conditions=docteur:source scripts/write-compiled.ts BUNDLE...
import { writeCompiled } from './compiled-bundle.ts';

for (const file of process.argv.slice(2)) writeCompiled(file, 'tender');
