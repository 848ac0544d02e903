// The import table of ARCHITECTURE.md, enforced: who may import whom.
const FORMAT = '^image-tools/format/';
/** The part of the format room that is for Node programs alone. */
const HOST_FORMAT = '^image-tools/format/inflate/host-inflater\\.ts$';
const ABI = '^tender/abi/';
/** The trusted first script in a guest's realm. */
const REALM = '^tender/monitors/node/realm/';
/** The parts of the guest room that no jail holds. */
const HOSTED = '^guest/(host|bundler|targets/unix)';
/** The one command, which may import every room. */
const ROOF = '^image-tools/docteur/';
/** The mount of an image, which stands on a server of the guest room and on the kernel. */
const MOUNT = '^image-tools/mount/';
/** What opens images for tools, wherever they are. */
const OPEN = '^image-tools/open/';
/** What looks into images, with the library for Node programs. */
const LOOK = '^image-tools/look/';
/** The page of docteur browse. */
const PAGE = '^image-tools/docteur/browse/page/';
/** What the builder bundles with. */
const ESBUILD = '(^|/)node_modules/esbuild/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'abi-is-a-leaf',
      comment: 'The ABI belongs to neither side: its files import each other only.',
      severity: 'error',
      from: { path: ABI },
      to: { pathNot: ABI },
    },
    {
      name: 'format-is-a-pure-leaf',
      comment:
        'The format room runs in guests: its own files, and pako for hosts without WebAssembly.',
      severity: 'error',
      from: { path: FORMAT, pathNot: HOST_FORMAT },
      to: { pathNot: [`${FORMAT}(?!inflate/host-inflater)`, '(^|/)node_modules/pako/'] },
    },
    {
      name: 'hosted-part-of-format',
      severity: 'error',
      from: { path: HOST_FORMAT },
      to: { pathNot: FORMAT, dependencyTypesNot: ['core'] },
    },
    {
      name: 'guest-imports-guest-and-leaves',
      comment: 'A guest has no Node built-in, and knows the tender only by its ABI.',
      severity: 'error',
      from: { path: '^guest/', pathNot: HOSTED },
      to: {
        pathNot: [
          '^guest/(?!(host|bundler|targets/unix))',
          ABI,
          `${FORMAT}(?!inflate/host-inflater)`,
          // What a guest's console writes values down with.
          '(^|/)node_modules/(@types/)?object-inspect/',
        ],
      },
    },
    {
      name: 'reader-is-pure',
      comment: 'What reads images serves guests, programs and browsers: bytes in, files out.',
      severity: 'error',
      from: { path: '^guest/reader/' },
      to: { pathNot: ['^guest/reader/', `${FORMAT}(?!inflate/host-inflater)`] },
    },
    {
      name: 'browser-has-no-node',
      comment: 'What browsers load stands on the reader, the format and what the web has.',
      severity: 'error',
      from: { path: '^guest/host/browser/', pathNot: '^guest/host/browser/site/' },
      to: {
        pathNot: ['^guest/host/browser/', '^guest/reader/', `${FORMAT}(?!inflate/host-inflater)`],
      },
    },
    {
      name: 'site-of-a-service-worker',
      comment: 'The website of servers, as far as it needs no Node.',
      severity: 'error',
      from: { path: '^guest/host/browser/site/' },
      to: {
        pathNot: [
          '^guest/host/browser/',
          '^guest/host/web/(site|site-options|site-response)\\.ts$',
          '(^|/)node_modules/mrmime/',
        ],
      },
    },
    {
      name: 'hosted-parts-of-guest',
      comment: 'Guests that are programs of their own, and the builder, run on the host: Node too.',
      severity: 'error',
      from: { path: HOSTED },
      to: {
        pathNot: [
          '^guest/',
          ABI,
          FORMAT,
          ESBUILD,
          '(^|/)node_modules/(@jridgewell/trace-mapping|(@types/)?mime-types|mrmime)/',
        ],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'realm-of-a-guest-stands-alone',
      comment:
        "A guest's realm has no Node: what prepares it knows the ABI and its own files only.",
      severity: 'error',
      from: { path: REALM },
      to: { pathNot: [REALM, ABI] },
    },
    {
      name: 'tender-knows-no-files',
      comment: 'The tender serves sectors: it never sees the image format or a guest.',
      severity: 'error',
      from: { path: '^tender/' },
      to: { path: ['^guest/', '^image-tools/'] },
    },
    {
      name: 'image-tools-know-readers-alone',
      comment:
        'Tools read images as guests do, call failures as Node programs do, and know nothing else of guests or the tender.',
      severity: 'error',
      from: { path: '^image-tools/', pathNot: [FORMAT, ROOF, MOUNT, LOOK, OPEN] },
      to: { path: ['^guest/(?!reader/|host/system-words\\.ts$)', '^tender/'] },
    },
    {
      name: 'mounts-know-the-kernel-and-images',
      comment: 'A mount opens images as Node programs do, and calls the kernel as the tender does.',
      severity: 'error',
      from: { path: MOUNT },
      to: { path: ['^guest/(?!reader/|host/)', '^tender/(?!native/|jail/|fetcher/|base/)'] },
    },
    {
      name: 'images-are-opened-as-programs-and-the-tender-do',
      severity: 'error',
      from: { path: OPEN },
      to: { path: ['^guest/(?!(reader|host)/)', '^tender/(?!block/|base/)'] },
    },
    {
      name: 'look-opens-images-as-programs-do',
      severity: 'error',
      from: { path: LOOK },
      to: { path: ['^guest/(?!(reader|host)/)', '^tender/'] },
    },
    {
      name: 'nothing-stands-on-the-roof',
      comment: 'The one command may import every room, and none imports it.',
      severity: 'error',
      from: { pathNot: [ROOF, '^(test|scripts)/'] },
      to: { path: ROOF },
    },
    {
      name: 'rooms-import-no-tests-or-scripts',
      severity: 'error',
      from: { path: '^(tender|guest|image-tools)/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'packages-of-the-product-are-declared',
      comment: 'The page of docteur browse is a bundle: its packages are needed to build it.',
      severity: 'error',
      from: { path: '^(tender|guest|image-tools)/', pathNot: PAGE },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'page-has-no-node',
      severity: 'error',
      from: { path: PAGE },
      to: {
        pathNot: [
          PAGE,
          '^guest/(reader|host/browser)/',
          FORMAT,
          '^image-tools/look/info/(treemap|file-sums)\\.ts$',
          // How sizes are written.
          '^image-tools/docteur/units\\.ts$',
          // The map: its type, and what of it is shown.
          '^image-tools/docteur/browse/(map-report|few-shares)\\.ts$',
          '(^|/)node_modules/(diff|lowlight)/',
        ],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-cycles-of-folders',
      comment: 'A folder is above another or below it, never both.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['docteur:source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
