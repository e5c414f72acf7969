import { Buffer } from 'node:buffer';

/** Writes values in ClickHouse's RowBinary. One growing buffer, so that a flush's rows are one immutable body. */
export interface RowWriter {
  readonly bytes: number;
  u8(v: number): void;
  varint(v: number): void;
  u32(v: number): void;
  i32(v: number): void;
  i64(v: number): void;
  u64(v: number | bigint): void;
  f64(v: number): void;
  string(v: string): void;
  blob(v: Uint8Array): void;
  /** The rows so far, copied to their own size; the writer starts again, empty. */
  take(): Buffer;
}

const TWO_32 = 0x100000000;

export function createRowWriter(capacity = 1 << 16): RowWriter {
  let buf = Buffer.allocUnsafeSlow(capacity);
  let pos = 0;

  function room(bytes: number): void {
    if (pos + bytes <= buf.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(buf.length * 2, pos + bytes));
    buf.copy(grown, 0, 0, pos);
    buf = grown;
  }

  function varint(v: number): void {
    room(8);
    while (v >= 0x80) {
      buf[pos++] = (v % 0x80) | 0x80;
      v = Math.floor(v / 0x80);
    }
    buf[pos++] = v;
  }

  return {
    get bytes() {
      return pos;
    },
    u8(v) {
      room(1);
      buf[pos++] = v;
    },
    varint,
    u32(v) {
      room(4);
      pos = buf.writeUInt32LE(v, pos);
    },
    i32(v) {
      room(4);
      pos = buf.writeInt32LE(v, pos);
    },
    i64(v) {
      room(8);
      pos = buf.writeInt32LE(v | 0, pos);
      pos = buf.writeInt32LE(Math.floor(v / TWO_32) | 0, pos);
    },
    u64(v) {
      room(8);
      if (typeof v === 'bigint') {
        pos = buf.writeBigUInt64LE(v, pos);
      } else {
        pos = buf.writeUInt32LE(v >>> 0, pos);
        pos = buf.writeUInt32LE(Math.floor(v / TWO_32), pos);
      }
    },
    f64(v) {
      room(8);
      pos = buf.writeDoubleLE(v, pos);
    },
    string(v) {
      const n = v.length;
      if (n === 0) {
        room(1);
        buf[pos++] = 0;
        return;
      }
      if (n < 64) {
        // Short ASCII strings, which most are, cost less here than a call into the runtime.
        room(n + 1);
        let at = pos + 1;
        let i = 0;
        for (; i < n; i++) {
          const c = v.charCodeAt(i);
          if (c >= 0x80) break;
          buf[at++] = c;
        }
        if (i === n) {
          buf[pos] = n;
          pos = at;
          return;
        }
      }
      const bytes = Buffer.byteLength(v);
      varint(bytes);
      room(bytes);
      pos += buf.write(v, pos, bytes, 'utf8');
    },
    blob(v) {
      varint(v.length);
      room(v.length);
      buf.set(v, pos);
      pos += v.length;
    },
    take() {
      const out = Buffer.from(buf.subarray(0, pos));
      pos = 0;
      return out;
    },
  };
}

/** Reads RowBinary. Throws where the bytes end too early. An Int64 beyond 2^53, which no single event can bring, is rounded. */
export interface RowReader {
  readonly left: number;
  u8(): number;
  varint(): number;
  u32(): number;
  i32(): number;
  i64(): number;
  u64(): bigint;
  f64(): number;
  string(): string;
  blob(): Buffer;
}

export function createRowReader(buf: Buffer): RowReader {
  let pos = 0;

  function varint(): number {
    let v = 0;
    let scale = 1;
    for (;;) {
      const b = buf.readUInt8(pos++);
      v += (b & 0x7f) * scale;
      if (b < 0x80) return v;
      scale *= 0x80;
    }
  }

  function blob(): Buffer {
    const n = varint();
    if (pos + n > buf.length) throw new RangeError('RowBinary ends within a string');
    pos += n;
    return buf.subarray(pos - n, pos);
  }

  return {
    get left() {
      return buf.length - pos;
    },
    u8: () => buf.readUInt8(pos++),
    varint,
    u32() {
      pos += 4;
      return buf.readUInt32LE(pos - 4);
    },
    i32() {
      pos += 4;
      return buf.readInt32LE(pos - 4);
    },
    i64() {
      pos += 8;
      return buf.readInt32LE(pos - 4) * TWO_32 + buf.readUInt32LE(pos - 8);
    },
    u64() {
      pos += 8;
      return buf.readBigUInt64LE(pos - 8);
    },
    f64() {
      pos += 8;
      return buf.readDoubleLE(pos - 8);
    },
    string: () => blob().toString('utf8'),
    blob,
  };
}
