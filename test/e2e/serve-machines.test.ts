// A real Linux in a virtual machine reads an image by every way there is, in one boot: as a disk of vhost-user,
// and over NBD by the kernel's own client. The processor is emulated, so this takes some 20 seconds.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { serveImage } from '../fixtures/image-server.ts';
import { becomes } from '../fixtures/processes.ts';
import {
  contentOfImage,
  has,
  makeImage,
  sha256,
  shortFolder,
  startServer,
} from '../fixtures/serve.ts';
import {
  bootMachine,
  command,
  monitor,
  NETWORK,
  nbdDisk,
  vhostDisk,
  vhostFiles,
  whyNoMachine,
} from '../fixtures/virtual-machine.ts';

const MOST_SECONDS = 140;
const missing = whyNoMachine();

t.test(
  'a virtual machine',
  { skip: missing ?? false, timeout: 2 * MOST_SECONDS * 1000 },
  async (t) => {
    const folder = shortFolder((clean) => t.teardown(clean));
    const image = await makeImage(folder, 'disk.img', 3 << 20);
    const socket = join(folder, 'vhost.sock');
    const files = join(folder, 'fs.sock');
    const serving = ['--nbd=127.0.0.1:0', `--vhost-user=${socket}`, `--virtiofs=${files}`];
    const server = await startServer([image, ...serving], 3);
    t.teardown(() => server.child.kill());
    // The same image once more, on a web server.
    const web = await serveImage(t, readFileSync(image));
    const [farDisk, farFiles] = [join(folder, 'far.sock'), join(folder, 'far-fs.sock')];
    const far = await startServer(
      [`${web.origin}/disk.img`, `--vhost-user=${farDisk}`, `--virtiofs=${farFiles}`],
      2,
    );
    t.teardown(() => far.child.kill());
    const { uri } = await server.hears(({ uri }) => uri !== undefined);
    const port = /:(\d+)$/.exec(String(uri))?.[1];
    const sectors = statSync(image).size / 512;
    const kernelClient = has('/usr/sbin/nbd-client', '-V');

    // Each line of it is one fact: NAME=VALUE.
    const script = `
echo RO=$(cat /sys/block/vda/ro) SECTORS=$(cat /sys/block/vda/size) SERIAL=$(cat /sys/block/vda/serial)
echo VDA=$(sha256sum < /dev/vda)
echo VDBRO=$(cat /sys/block/vdb/ro) VDB=$(sha256sum < /dev/vdb)
dd if=/dev/zero of=/dev/vdb bs=512 count=1 conv=fsync 2>/dev/null && echo WROTE=vdb
dd if=/dev/vda of=/dev/null bs=512 skip=7 count=3 iflag=direct 2>/dev/null && echo DIRECT=fine
dd if=/dev/zero of=/dev/vda bs=512 count=1 conv=fsync 2>/dev/null && echo WROTE=vda
nbd-client 10.0.2.2 ${port} /dev/nbd0 -N disk.img -persist >/dev/null 2>&1 && echo NBD=$(sha256sum < /dev/nbd0)
echo NBDRO=$(cat /sys/block/nbd0/ro)
dd if=/dev/zero of=/dev/nbd0 bs=512 count=1 conv=fsync 2>/dev/null && echo WROTE=nbd
mount -t virtiofs docteur /mnt && echo FILES=$(cat /mnt/random /mnt/README.md | sha256sum) $(ls /mnt | wc -l) files
touch /mnt/new 2>/dev/null && echo WROTE=file
mkdir /far && mount -t virtiofs far /far && echo FARFILES=$(cat /far/random /far/README.md | sha256sum)
echo FARDISK=$(sha256sum < /dev/vdc)
umount /mnt; mount -t virtiofs docteur /mnt && echo REMOUNTED=$(cat /mnt/random /mnt/README.md | sha256sum)
echo READY FOR A NEW BACK END
while [ $(dd if=/dev/vda bs=4096 count=1 skip=$((n = (n + 1) % 700)) iflag=direct 2>/dev/null | wc -c) = 4096 ]; do
  [ $((++count)) -ge 300 ] && break
done
echo READS=$count
echo 3 > /proc/sys/vm/drop_caches
echo AGAIN=$(sha256sum < /dev/vda)
`;
    const qmp = join(folder, 'qmp.sock');
    const disks = [
      ...vhostDisk(socket),
      ...nbdDisk(port ?? '', 'disk.img'),
      ...vhostDisk(farDisk, 'far'),
    ];
    const shared = [...vhostFiles(files), ...vhostFiles(farFiles, 'far')];
    const args = [...disks, ...shared, ...NETWORK, ...monitor(qmp)];

    async function boot(): Promise<void> {
      const machine = bootMachine(folder, script, args, MOST_SECONDS);
      t.teardown(() => machine.child.kill('SIGKILL'));
      await machine.shows(/READY FOR A NEW BACK END/);
      const { pid: device } = await server.hears(({ device }) => device === 'vhost-user');
      // The rings go on from where they stopped.
      await command(qmp, ['stop', 'cont']);
      // The device dies under the running machine, in the middle of its reads.
      process.kill(device as number, 'SIGKILL');
      await machine.shows(/END OF SCRIPT/);
      const said = machine.console();
      const fact = (name: string) => new RegExp(`${name}=(\\S*)`).exec(said)?.[1];
      const expected = sha256(image);
      t.match(said, `RO=1 SECTORS=${sectors} SERIAL=docteur`);
      t.equal(fact('VDA'), expected, 'the disk');
      t.equal(fact('VDB'), expected, "QEMU's own NBD client");
      t.equal(fact('VDBRO'), '1');
      t.equal(fact('DIRECT'), 'fine');
      t.notMatch(said, /WROTE=/, 'nothing can be written');
      if (kernelClient) {
        t.equal(fact('NBD'), expected, 'the network block device');
        t.equal(fact('NBDRO'), '1');
      } else t.pass('skipped: nbd-client is not installed');
      const content = contentOfImage(3 << 20, 'disk.img');
      t.match(said, `FILES=${content} - 2 files`, 'the file system');
      t.equal(fact('REMOUNTED'), content);
      t.equal(fact('FARDISK'), expected, 'the disk that is fetched');
      t.equal(fact('FARFILES'), content, 'the files that are fetched');
      t.equal(fact('READS'), '300', 'the device died, and nothing was lost');
      t.equal(fact('AGAIN'), expected, 'from the device that took over');
      t.ok(server.told.some(({ event }) => event === 'restart'));
      await machine.ended;
    }
    // One retry: the machine is emulated, and the host may be busy.
    await boot().catch(boot);
    t.ok(await becomes(() => server.told.at(-1)?.event === 'disconnect'));
    const given = ({ told }: { told: readonly { event: string; [field: string]: unknown }[] }) =>
      told.reduce((sum, { event, bytes }) => sum + (event === 'disconnect' ? Number(bytes) : 0), 0);
    t.ok(given(server) > 3 * sectors * 512, 'what the machine read is counted');
    t.ok(await becomes(() => given(far) > 2 * sectors * 512 - 100_000));
    const { status, stderr } = await server.stop();
    t.equal(status, 0, stderr);
    t.notOk(readFileSync(image).includes('WROTE'));
  },
);
