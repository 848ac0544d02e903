import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { securityPolicy } from './security-policy.ts';

/** The files of the viewer, but for `index.html`, by their names: the build makes them. */
export const ASSETS: Readonly<Record<string, string>> = {
  'docteur-viewer.js': 'text/javascript; charset=utf-8',
  'docteur-worker.js': 'text/javascript; charset=utf-8',
  'docteur-viewer.css': 'text/css; charset=utf-8',
};
/** What tells our page from a stranger's. */
export const PAGE_MARK = '<meta name="generator" content="docteur browse">';

/** A file that stands beside the command. */
export function readAsset(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../browse/${name}`, import.meta.url)));
}

/** The page. @param origins of images, beside the page's own */
export function pageHtml(origins: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${securityPolicy(origins)}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
${PAGE_MARK}
<title>docteur browse</title>
<link rel="stylesheet" href="docteur-viewer.css">
<script type="module" src="docteur-viewer.js"></script>
<body>
<header><h1>docteur browse</h1><noscript>This page needs JavaScript.</noscript></header>
</body>
</html>
`;
}
