'use strict';
// Runs the bundle @BUNDLE@. The build compiles all of it for its own Node, which halves the time to the
// bundle's first act: that code is used by the same Node, unless the bundle was changed since.
const { readFileSync, statSync } = require('node:fs');
const { wrap } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, '@BUNDLE@');
const codeFile = `${filename}.${process.version}-${process.arch}`;
let cachedData;
try {
  if (statSync(codeFile).mtimeMs >= statSync(filename).mtimeMs) cachedData = readFileSync(codeFile);
} catch {
  // Another Node compiles as it goes.
}
const script = new Script(wrap(readFileSync(filename, 'utf8')), { filename, cachedData });
script.runInThisContext()(exports, require, module, filename, dirname(filename));
