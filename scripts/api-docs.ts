// Writes docs/api.md, the reference of the library, out of its docstrings.
// usage: node scripts/api-docs.ts [--check]      --check only says whether it is up to date
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const output = join(root, 'docs/api.md');

/** Entry points, by the modules that they are. */
const ENTRIES: Record<string, string> = {
  'docteur/unix': 'guest/host/index.ts',
  'docteur/fs': 'guest/host/fs/index.ts',
  'docteur/register': 'guest/host/modules/index.ts',
  'docteur/register-fs': 'guest/host/modules/fs/index.ts',
  'docteur/vfs': 'guest/host/vfs/index.ts',
  'docteur/web': 'guest/host/web/index.ts',
  'docteur/browser': 'guest/host/browser/index.ts',
  'docteur/browser-storage': 'guest/host/browser/storage/index.ts',
  'docteur/browser-site': 'guest/host/browser/site/index.ts',
  'docteur/image-tools': 'image-tools/index.ts',
  'docteur/tender': 'tender/index.ts',
  'docteur/guest': 'guest/index.ts',
};

const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
  ts.sys,
  root,
);
const files = Object.values(ENTRIES).map((file) => join(root, file));
const program = ts.createProgram(files, config.options);
const checker = program.getTypeChecker();
const printer = ts.createPrinter();

/** The declaration as a type file would have it: no bodies, nothing private. */
function declarationOf(symbol: ts.Symbol): string {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) return symbol.name;
  if (ts.isFunctionDeclaration(declaration)) {
    const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
    return `function ${symbol.name}${checker.typeToString(type, declaration, ts.TypeFormatFlags.NoTruncation).replace(' => ', ': ')}`;
  }
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
    return (
      printer
        .printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile())
        // Its own docstring stands beside it.
        .replace(/^\/\*\*[\s\S]*?\*\/\s*/, '')
        .replace(/^export /, '')
    );
  }
  if (ts.isClassDeclaration(declaration)) {
    const base =
      declaration.heritageClauses?.map((clause) => ` ${clause.getText()}`).join('') ?? '';
    return `class ${symbol.name}${base}`;
  }
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  return `const ${symbol.name}: ${checker.typeToString(type)}`;
}

/** A docstring as Markdown; a name in a link stays a name. */
function documentationOf(symbol: ts.Symbol): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const tags = symbol.getJsDocTags(checker).map(({ name, text }) => {
    const words = ts.displayPartsToString(text).replace(/\s+/g, ' ').trim();
    return name === 'param' ? `- ${words}` : `- ${name}: ${words}`;
  });
  return [text, tags.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
    .replace(/\{@link (?:\w+\.)?(\w+)\}/g, '`$1`');
}

function describe(name: string, file: string): string {
  const source = program.getSourceFile(join(root, file));
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file}: not a module`);
  const parts = checker.getExportsOfModule(module).map((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const code = `\`\`\`ts\n${declarationOf(symbol)}\n\`\`\``;
    return `### ${exported.name}\n\n${code}\n\n${documentationOf(symbol)}`.trim();
  });
  return [`## ${name}`, ...parts].join('\n\n');
}

const head = `# API reference

Made from the docstrings by \`node scripts/api-docs.ts\`. [The library](library.md) has examples.`;
const text = `${[head, ...Object.entries(ENTRIES).map(([name, file]) => describe(name, file))].join('\n\n')}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(output, text);
} else if (readFileSync(output, 'utf8') !== text) {
  process.stderr.write('docs/api.md is out of date: node scripts/api-docs.ts\n');
  process.exitCode = 1;
}
