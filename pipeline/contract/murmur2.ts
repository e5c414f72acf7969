/** Kafka's murmur2 (org.apache.kafka.common.utils.Utils), as a signed 32-bit number like Java's. */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  const M = 0x5bd1e995;
  let hash = 0x9747b28c ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  if (length > whole) {
    for (let i = length - 1; i >= whole; i--) hash ^= (bytes[i] as number) << (8 * (i - whole));
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** Keys are encoded here, without a buffer each; longer ones get one of their own. */
const scratch = Buffer.alloc(1024);

/** The partition that Kafka's default (Java) partitioner gives a key. */
export function partitionOf(key: string | Uint8Array, partitions: number): number {
  let hash: number;
  if (typeof key !== 'string') {
    hash = murmur2(key);
  } else if (key.length * 3 <= scratch.length) {
    hash = murmur2(scratch, scratch.write(key));
  } else {
    hash = murmur2(Buffer.from(key));
  }
  // Kafka's toPositive drops the sign bit; it does not negate.
  return (hash & 0x7fffffff) % partitions;
}
