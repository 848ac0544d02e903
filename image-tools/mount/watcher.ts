import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A shell that outlives the server: the kernel closes its stdin however the server ends, and it takes the mount
 * away, so that nothing of it hangs. It has the rights that the server gave up, and also unmounts when it is asked
 * to. It reads `device MAJOR:MINOR` once there is a mount, then `unmount` or `detach`, each of which it answers
 * with a line, and `done` at the end.
 */
const SCRIPT = `
trap '' HUP INT TERM PIPE
device=
finished=
take_away() {
  umount $1 -- "$2" 2>/dev/null || fusermount3 -u $3 -- "$2" 2>/dev/null
}
each_mount() {
  status=1
  table=$(cat /proc/self/mountinfo)
  while read -r _ _ number _ point _; do
    [ "$number" = "$device" ] || continue
    take_away "$1" "$(printf '%b' "$point")" "$2" && status=0
  done <<END
$table
END
  return $status
}
while read -r verb word; do
  case $verb in
    device) device=$word ;;
    unmount) if each_mount '' ''; then echo unmounted; else echo busy; fi ;;
    detach) each_mount -l -z; echo detached ;;
    done) finished=1 ;;
  esac
done
[ -z "$finished" ] || exit 0
if [ -n "$device" ]; then
  each_mount -l -z
elif [ ! -d "$1" ]; then
  take_away -l "$1" -z
fi`;

/** What the shell says of an order. */
type Answer = 'unmounted' | 'busy' | 'detached' | 'gone';

/** Watches over a mount that must not outlive this process as one that answers nothing. */
export class Watcher {
  readonly #shell: ChildProcess;
  #text = '';
  readonly #waiting: ((answer: Answer) => void)[] = [];

  /** To be made before there is a mount on `directory`. */
  constructor(directory: string) {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', directory], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // A terminal's signals are for the server.
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    const gone = () => {
      for (const resolve of this.#waiting.splice(0)) resolve('gone');
    };
    this.#shell.once('error', gone).once('close', gone);
    this.#shell.stdin?.on('error', () => undefined);
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    this.#shell.unref();
    for (const pipe of [this.#shell.stdin, this.#shell.stdout]) {
      (pipe as unknown as { unref?: () => void } | null)?.unref?.();
    }
  }

  /** There is a mount now, with this device number. */
  watch(device: string): void {
    this.#shell.stdin?.write(`device ${device}\n`);
  }

  /** Takes the mount away, unless somebody uses it. */
  unmount(): Promise<Answer> {
    return this.#order('unmount');
  }

  /** Takes the mount away for all but those who use it. */
  detach(): Promise<Answer> {
    return this.#order('detach');
  }

  /** There is nothing more to watch. */
  finish(): void {
    this.#shell.stdin?.end('done\n');
  }

  #order(verb: string): Promise<Answer> {
    if (this.#shell.exitCode !== null || this.#shell.pid === undefined) {
      return Promise.resolve('gone');
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#shell.stdin?.write(`${verb}\n`);
    });
  }

  #hear(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#waiting.shift()?.(line as Answer);
  }
}
