// The instructions of a delta of a Git PACK, as bytes. Each function writes at `out` and gives the end.

export function writeVarint(out: u32, value: u32): u32 {
  while (value >= 0x80) {
    store<u8>(out++, (value & 0x7f) | 0x80);
    value >>= 7;
  }
  store<u8>(out++, value);
  return out;
}

export function writeLiterals(out: u32, from: u32, to: u32): u32 {
  while (from < to) {
    const count = min<u32>(127, to - from);
    store<u8>(out++, count);
    memory.copy(out, from, count);
    out += count;
    from += count;
  }
  return out;
}

export function writeCopy(out: u32, offset: u32, length: u32): u32 {
  while (length > 0) {
    // Git itself never copies more than 64 KiB at once, which is written as a size of zero.
    const count = min<u32>(0x10000, length);
    const size = count & 0xffff;
    const head = out++;
    let bits: u32 = 0x80;
    for (let i: u32 = 0; i < 4; i++) {
      const byte = (offset >> (i << 3)) & 0xff;
      if (byte === 0) continue;
      store<u8>(out++, byte);
      bits |= 1 << i;
    }
    for (let i: u32 = 0; i < 2; i++) {
      const byte = (size >> (i << 3)) & 0xff;
      if (byte === 0) continue;
      store<u8>(out++, byte);
      bits |= 0x10 << i;
    }
    store<u8>(head, bits);
    offset += count;
    length -= count;
  }
  return out;
}
