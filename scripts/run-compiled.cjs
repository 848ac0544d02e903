'use strict';
// Runs the bundle @BUNDLE@. The build compiles all of it for its own Node, which halves the time to the
// bundle's first act: that code is used by the same Node, unless the bundle was changed since.
const { readFileSync, statSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = join(__dirname, '@FOLDER@');
const parts = new Map();

/** Node's modules and packages as usual; parts of the bundle, which are beside it, with their code. */
function load(name) {
  if (!name.startsWith('./')) return require(name);
  let part = parts.get(name);
  if (part === undefined) {
    part = { exports: {} };
    parts.set(name, part);
    const filename = join(folder, name);
    const text = wrap(readFileSync(filename, 'utf8'));
    const script = new Script(text, { filename, cachedData: findCode(filename) });
    script.runInThisContext()(part.exports, load, part, filename, folder);
  }
  return part.exports;
}

function findCode(filename) {
  const codeFile = `${filename}.${process.version}-${process.arch}`;
  try {
    if (statSync(codeFile).mtimeMs >= statSync(filename).mtimeMs) return readFileSync(codeFile);
  } catch {
    // Another Node compiles as it goes.
  }
  return undefined;
}

module.exports = load('./@BUNDLE@');
