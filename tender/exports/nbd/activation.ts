/** The first descriptor that systemd gives a service (sd_listen_fds(3)). */
const FIRST_FD = 3;
/** More would be a mistake. */
const MAX_SOCKETS = 16;

/**
 * Descriptors of sockets that listen already: systemd's socket activation, which nbdkit, qemu-nbd and
 * libnbd speak too. Taken out of the environment, so that no child takes them for its own.
 */
export function activatedSockets(env: NodeJS.ProcessEnv, pid: number): number[] {
  const { LISTEN_FDS: count, LISTEN_PID: meant } = env;
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete env[name];
  if (count === undefined || meant !== String(pid) || !/^\d{1,3}$/.test(count)) return [];
  const sockets = Math.min(Number(count), MAX_SOCKETS);
  return Array.from({ length: sockets }, (_, index) => FIRST_FD + index);
}
