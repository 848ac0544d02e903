/** A network interface on the host, as a guest gets it: whole Ethernet frames through a descriptor. */
export interface NetDevice {
  /**
   * A descriptor that gives one frame a read, takes one a write, and never waits: a tap, or a socket of
   * datagrams or of packets.
   */
  readonly fd: number;
  /** The guest's address: six bytes, none of a group. */
  readonly mac: Uint8Array;
  /** Bytes of a frame's content at most, without its header of 14 bytes. */
  readonly mtu: number;
  /** Closing it again does nothing. */
  close(): void;
}
