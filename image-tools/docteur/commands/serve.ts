import { UsageError } from '../../../tender/base/errors.ts';
import { isRemote } from '../../../tender/block/remote/image-address.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { IMAGE_OPTIONS, type ImageOptions } from '../image-options.ts';
import { collect, parseCount } from '../parse-values.ts';
import { checkHttpAddresses, HTTP_OPTIONS, type HttpOptions } from '../serve/http/options.ts';
import { isFirstWorker, isWorker, leaveWorkers, superviseWorkers } from '../serve/http/workers.ts';
import { leaveReaders } from '../serve/leave-readers.ts';
import { Reporter } from '../serve/reporter.ts';
import { findListeners, type NbdOptions, serveOverNbd } from '../serve/serve-nbd.ts';
import { serveToMachines, type VhostOptions } from '../serve/serve-vhost-user.ts';
import { describeImages, type ServedImage } from '../serve/served-image.ts';
import type { Serving } from '../serve/serving.ts';
import { watchImages } from '../serve/watch-images.ts';
import { formatBytes } from '../units.ts';

interface Options extends ImageOptions, NbdOptions, VhostOptions, HttpOptions {
  readonly json?: true;
  readonly quiet?: true;
}

const DETAILS = `
Virtual machines and other clients read images as block devices; nobody can write. Each image is an NBD
export under its file's name, and the first one also under the empty name. With systemd's socket
activation, the sockets that systemd passes are served beside those of --nbd.

A unix socket belongs to the user who starts the server, and only that user may connect. A HOST other than
this machine's own needs --public. With --tls-certificates or --tls-psk, every client must encrypt.

--vhost-user makes an image the disk of one virtual machine at a time, much faster than NBD does: QEMU's
vhost-user-blk-pci, cloud-hypervisor's --disk vhost_user=true. --virtiofs gives it the files, without a file
system of its own: QEMU's vhost-user-fs-pci, then mount -t virtiofs TAG /mnt. A process of its own serves each machine,
confined as a guest of the tender is; should it die, another takes over. The machine's memory must be shared,
and sealed against being cut (QEMU's memory-backend-memfd).

--http makes a website of an image. With several images, NAME.img is the site of the host NAME, and the first
one that of all other hosts. Files that are stored without a delta go out compressed as they lie in the image:
"docteur make --web" makes an image where all do. An image that is replaced is served at once; answers that are
under way end out of the old one.

SIGHUP opens the images again: clients that connect afterwards get the new files, those that are connected
keep the old ones. SIGTERM and SIGINT end the server.`;

/** `docteur serve`. */
export const serve: CommandDeclaration<Options> = {
  usage: '[options] <image...>',
  operands: [{ name: '<image...>', text: 'the images' }],
  options: [
    option('--nbd <address>', 'serve over NBD at unix:PATH or HOST:PORT; may be repeated', collect),
    option('--public', 'allow addresses that other machines can reach'),
    option(
      '--tls-certificates <dir>',
      'use TLS with server-cert.pem and server-key.pem of this folder',
    ),
    option('--tls-verify-peer', 'accept only clients with a certificate that ca-cert.pem signed'),
    option('--tls-psk <file>', 'use TLS with the shared keys of this file, as psktool writes them'),
    option('--clients <n>', 'most clients at once (64 if absent)', parseCount(1, 10_000)),
    option(
      '--vhost-user <path>',
      'serve the image as a disk of a virtual machine; may be repeated',
      collect,
    ),
    option('--virtiofs <path>', 'serve the files to a virtual machine; may be repeated', collect),
    ...HTTP_OPTIONS,
    option('--unsealed', 'trust front ends not to cut the memory that they share'),
    ...IMAGE_OPTIONS,
    option('--json', 'print what happens as JSON, an event a line'),
    option('-q, --quiet', 'no status line'),
  ],
  details: DETAILS,
  examples: [
    ['--nbd unix:disk.sock disk.img', 'then: nbdcopy "nbd+unix:///?socket=disk.sock" copy.img'],
    [
      '--vhost-user vm.sock disk.img',
      'then: qemu-system-x86_64 -chardev socket,id=c,path=vm.sock -device vhost-user-blk-pci,chardev=c ...',
    ],
    ['--http 127.0.0.1:8080 --clean-urls site.img', 'then: curl http://127.0.0.1:8080/'],
    ['--nbd 127.0.0.1:10809 one.img two.img', 'then: qemu-img info nbd://127.0.0.1/two.img'],
  ],
  async run({ operands, options, say }) {
    const { vhostUser = [], virtiofs = [], http = [], workers = 1 } = options;
    checkHttpAddresses(options);
    const listeners = isWorker() ? [] : findListeners(options);
    const machines = vhostUser.length + virtiofs.length;
    if (listeners.length + machines + http.length === 0) {
      throw new UsageError(
        'nothing to serve at: give --nbd unix:PATH, --http HOST:PORT, --vhost-user PATH or --virtiofs PATH',
      );
    }
    if (machines > 0 && operands.length > 1) {
      throw new UsageError('--vhost-user and --virtiofs serve one image: start a server for each');
    }
    if (options.tlsVerifyPeer && options.tlsCertificates === undefined) {
      throw new UsageError(
        '--tls-verify-peer needs --tls-certificates, with ca-cert.pem in that folder',
      );
    }
    if (options.tlsPsk !== undefined && options.tlsCertificates !== undefined) {
      throw new UsageError('give --tls-certificates or --tls-psk, not both');
    }
    const images = describeImages(operands, options);
    const servings: Serving[] = [];
    const sum = (count: 'clients' | 'bytes') =>
      servings.reduce((total, serving) => total + serving[count], 0);
    const reporter = new Reporter({
      // Of several workers, the first one speaks.
      json: options.json === true && isFirstWorker(),
      quiet: options.quiet === true || isWorker(),
      say,
      status: () => ({ clients: sum('clients'), bytes: sum('bytes') }),
    });
    for (const { name, commit, size } of isWorker() ? [] : images) {
      reporter.tell(
        { event: 'image', name, commit, size },
        `${name}: commit ${commit}, ${formatBytes(size)}`,
      );
    }
    if (listeners.length > 0)
      servings.push(await serveOverNbd(images, listeners, options, reporter));
    const hasWorkers = http.length > 0 && workers > 1;
    if (http.length > 0) {
      const { serveOverHttp, tryToListen } = await import('../serve/http/serve-http.ts');
      if (hasWorkers && !isWorker()) await tryToListen(options);
      else servings.push(await serveOverHttp(images, options, reporter));
    }
    const [first] = images as [ServedImage];
    for (const [kind, paths] of isWorker()
      ? []
      : ([
          ['block', vhostUser],
          ['fs', virtiofs],
        ] as const)) {
      for (const path of paths) {
        servings.push(await serveToMachines(kind, first, path, options, reporter));
      }
    }

    const swap = () => {
      try {
        const others = describeImages(operands, options);
        for (const serving of servings) serving.swap(others);
        // Every process does this; one tells.
        for (const { name, commit, size } of isWorker() ? [] : others) {
          reporter.tell({ event: 'swapped', name, commit, size }, `${name}: now commit ${commit}`);
        }
      } catch (error) {
        const { message } = error as Error;
        if (isWorker()) return;
        reporter.tell(
          { event: 'not swapped', message },
          `still serving the old images: ${message}`,
        );
      }
    };
    process.on('SIGHUP', swap);
    const unwatch =
      http.length > 0
        ? watchImages(
            operands.filter((path) => !isRemote(path)),
            swap,
          )
        : () => {};
    const supervised = hasWorkers && !isWorker() ? superviseWorkers(workers, reporter) : undefined;
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    const status = (await (supervised ?? ended)) ?? 0;
    unwatch();
    reporter.end();
    for (const serving of servings) await serving.close();
    if (!isWorker()) reporter.tell({ event: 'end' });
    leaveWorkers();
    await leaveReaders(status);
    return status;
  },
};
