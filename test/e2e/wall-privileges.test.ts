// What a guest's process has of rights, descriptors and time, seen from outside, and Node's own
// permissions by themselves.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { landlockVersion } from '../../tender/jail/landlock.ts';
import { findKoffi } from '../../tender/native/koffi.ts';
import { loadLibc } from '../../tender/native/libc.ts';
import { encodeFrameHeader, FRAME_HEADER_BYTES, FrameKind } from '../../tender/transport/frame.ts';
import { buildNativeTender, cannotRun, copyTender, runners } from '../fixtures/native-tender.ts';
import { NODES } from '../fixtures/nodes.ts';
import { childrenOf, isRoot } from '../fixtures/processes.ts';
import { scratchFolder, startNode, writeGuest } from '../fixtures/tender.ts';

const libc = loadLibc(findKoffi(import.meta.url));
const folder = scratchFolder(t.teardown);
const TENDER = copyTender(folder);
const native = buildNativeTender(scratchFolder(t.teardown));
const waits = writeGuest(
  folder,
  'waits.js',
  `solo5machine.consoleWrite(new Uint8Array([33]));
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10000);`,
);
const spins = writeGuest(folder, 'spins.js', 'for (;;);');

/** The lines of /proc/PID/status, by name. */
function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/:\s+/, 2)));
}

function limitOf(pid: number, name: string): string | undefined {
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  return new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1];
}

/** The filter holds every thread of a process. */
function filteredThreads(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map(
    (thread) =>
      /^Seccomp:\s+(\d)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))?.[1] ??
      '',
  );
}

/** The namespaces that a process can have of its own here, as util-linux finds them. */
function grantedNamespaces(options: object): string[] | undefined {
  const flags = ['--user', '--pid', '--net', '--ipc', '--mount', '--uts', '--cgroup', '--fork'];
  if (spawnSync('unshare', [...flags, 'true'], options).status !== 0) return undefined;
  return ['user', 'pid', 'net', 'ipc', 'mnt', 'uts', 'cgroup'];
}

/** What the tender says of the walls, on stderr. */
function wallsIn(stderr: string): string {
  return /^tender: walls: (.*)$/m.exec(stderr)?.[1] ?? '';
}

if (process.platform !== 'linux') {
  t.pass('skipped: Linux has the walls');
} else {
  for (const runner of runners(TENDER)) {
    const { name, options, skip } = runner;
    for (const release of NODES) {
      const { version, path } = release;
      t.test(
        `rights of a guest, ${name}, Node ${version}`,
        { skip: cannotRun(runner, release) },
        async (t) => {
          const started = startNode(
            [TENDER, '--cpu=1000', waits, '--solo5:info'],
            options,
            30_000,
            path,
          );
          await started.firstOutput;
          const [guest = 0] = childrenOf(started.pid);
          const status = statusOf(guest);
          const limits = Object.fromEntries(
            ['cpu time', 'core file size', 'processes', 'open files', 'pending signals'].map(
              (each) => [each, limitOf(guest, `Max ${each}`)],
            ),
          );
          const threads = filteredThreads(guest);
          const owner = statSync(`/proc/${guest}/environ`).uid;
          const namespaces = ['user', 'pid', 'net', 'ipc', 'mnt', 'uts', 'cgroup'].filter(
            (kind) => {
              // Only root may look where a process is that is not dumpable.
              if (!isRoot) return false;
              return (
                readlinkSync(`/proc/${guest}/ns/${kind}`) !== readlinkSync(`/proc/self/ns/${kind}`)
              );
            },
          );
          started.kill('SIGTERM');
          const walls = wallsIn((await started.outcome).stderr);

          for (const kind of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
            t.match(status[kind], /^0+$/, kind);
          }
          t.match(status, { NoNewPrivs: '1', Seccomp: '2' });
          t.equal(
            /^0+$/.test(status.CapBnd ?? ''),
            walls.includes('an empty bounding set'),
            'CapBnd',
          );
          t.equal(owner, 0, 'it is not dumpable');
          t.ok(threads.length > 1);
          t.ok(
            threads.every((mode) => mode === '2'),
            'the filter holds all threads',
          );
          t.equal(walls.includes('Landlock'), landlockVersion(libc) > 0);
          const user = /user (\d+)/.exec(walls)?.[1];
          const own = status.Uid?.split('\t') ?? [];
          if (user !== undefined) {
            t.same(own, Array(4).fill(user));
            t.match(status, { Gid: status.Uid, Groups: /^\s*$/ });
          } else t.match(own, Array(4).fill(String(options.uid ?? process.getuid?.())));
          t.same(limits, {
            'cpu time': '1000',
            'core file size': '0',
            processes: '0',
            'open files': '0',
            'pending signals': '16',
          });
          const spaces = /own namespaces \(([^)]*)\)/.exec(walls)?.[1] ?? '';
          const granted = grantedNamespaces(options);
          if (granted !== undefined) t.equal(spaces, granted.join(' '));
          if (isRoot) t.equal(namespaces.join(' '), spaces);
          t.equal(
            spaces.includes('pid'),
            (status.NSpid ?? '').split('\t').length > 1,
            'first in its own',
          );
        },
      );
    }

    t.test(`what --version says is what a guest gets, ${name}`, { skip }, async (t) => {
      const version = await startNode([TENDER, '--version'], options).outcome;
      const said = startNode([TENDER, waits, '--solo5:info'], options);
      await said.firstOutput;
      said.kill('SIGTERM');
      const expected = /^walls: (.*)$/m.exec(version.stdout.toString())?.[1];
      t.ok(expected?.includes('seccomp, no new privileges, no capabilities'));
      t.equal(wallsIn((await said.outcome).stderr), expected);
    });

    t.test(`what the runtime says once, ${name}`, { skip }, async (t) => {
      const text = Buffer.from('{"event":"ready"}');
      const frame = Buffer.alloc(FRAME_HEADER_BYTES + text.length);
      const header = { kind: FrameKind.EVENT, length: text.length };
      encodeFrameHeader(new DataView(frame.buffer, frame.byteOffset), header);
      text.copy(frame, FRAME_HEADER_BYTES);
      const guest = writeGuest(
        folder,
        `again-${name.length}.js`,
        `const frame = native.allot(${frame.length});
        frame.bytes.set(${JSON.stringify([...frame])});
        native.sys(1, 3, frame.address, ${frame.length});
        for (;;);`,
      );
      const { status, stderr } = await startNode([native, guest], options).outcome;
      t.equal(status, 255);
      t.match(stderr, /^tender: [^\n]*a message out of turn\n$/);
    });

    t.test(`descriptors that others left open, ${name}`, { skip }, async (t) => {
      const file = join(folder, 'stray');
      writeFileSync(file, '');
      chmodSync(file, 0o666);
      const fd = openSync(file, 'r+');
      const guest = writeGuest(
        folder,
        `writes-${name.length}.js`,
        `const text = native.allot(8); text.bytes.fill(65);
        for (let fd = 4; fd < 1024; fd++) native.sys(1, fd, text.address, 8);
        native.say('tried'); native.exit(0);`,
      );
      // Node closes those that follow its own on exec, not what lies behind a gap.
      const stdio = ['ignore', 'pipe', 'pipe', ...Array(20).fill(fd)] as ('ignore' | number)[];
      const script = 'exec 100<>"$0"; exec "$@"';
      const args = ['-c', script, file, process.execPath, native, guest];
      const started = startNode(args, { ...options, stdio }, 30_000, 'bash');
      const { status, stdout } = await started.outcome;
      closeSync(fd);
      t.match({ status, stdout: stdout.toString() }, { status: 0, stdout: 'tried\n' });
      t.equal(readFileSync(file, 'utf8'), '', 'none of them is the guest’s');
    });

    t.test(`--cpu, ${name}`, { skip }, async (t) => {
      for (const sandbox of ['strict', 'portable', 'none']) {
        const args = [TENDER, '--cpu=1', `--sandbox=${sandbox}`, spins, '--solo5:error'];
        const { status, stderr } = await startNode(args, options).outcome;
        t.equal(status, 128 + 24, sandbox);
        t.equal(stderr, 'tender: the guest used up its processor time (--cpu=1)\n');
      }
    });
  }

  const setpriv = isRoot && spawnSync('setpriv', ['--groups', '4,24', 'true']).status === 0;
  t.test('groups of the user', { skip: !setpriv && 'no setpriv as root' }, async (t) => {
    const args = ['--groups', '4,24', process.execPath, TENDER, waits];
    const started = startNode(args, {}, 30_000, 'setpriv');
    await started.firstOutput;
    const [guest = 0] = childrenOf(started.pid);
    const { Groups, Uid } = statusOf(guest);
    started.kill('SIGTERM');
    await started.outcome;
    if (Uid?.startsWith('0')) t.pass('it keeps its user');
    else t.match(Groups, /^\s*$/);
  });

  t.test('--cpu takes whole seconds', async (t) => {
    for (const value of ['0', '-1', '1.5', 'x', '99999999999999']) {
      const { status, stderr } = await startNode([TENDER, `--cpu=${value}`, spins]).outcome;
      t.ok(status === 1 || status === 64, `${status}`);
      t.match(stderr, /--cpu/);
    }
  });

  for (const { version, path, skip } of NODES) {
    t.test(`Node's permissions by themselves, Node ${version}`, { skip }, async (t) => {
      const guest = writeGuest(
        folder,
        `permissions-${version}.js`,
        'native.say(JSON.stringify(native.permissions)); native.exit(0);',
      );
      const args = [native, '--sandbox=portable', guest];
      const { stdout } = await startNode(args, {}, 30_000, path).outcome;
      const denied = 'ERR_ACCESS_DENIED';
      t.same(JSON.parse(stdout.toString()), [denied, denied, denied, denied, true]);
    });
  }

  t.test('a runtime whose tender is gone ends by itself', async (t) => {
    const runtime = join(TENDER, '../../runtime/guest-runtime.cjs');
    const fd = openSync('/dev/null', 'r');
    const { status, stdout } = await startNode([runtime], { stdio: ['ignore', 'pipe', 'pipe', fd] })
      .outcome;
    closeSync(fd);
    t.match({ status, stdout: stdout.toString() }, { status: 255, stdout: '' });
  });
}
