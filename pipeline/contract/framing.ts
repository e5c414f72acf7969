import { shippedSchemas } from './schema.ts';

/** Where the Avro datum starts in a message's value, and what says which schema wrote it. */
export const CONFLUENT_HEADER_BYTES = 5;
export const SINGLE_OBJECT_HEADER_BYTES = 10;
/** Larger values are `oversized` before anything reads them. */
export const MESSAGE_BYTES_MAX = 1_048_576;

/** How a value is framed, judged by its first bytes only. */
export type Framing = 'confluent' | 'single_object' | 'none';

/** Confluent: 0x00 and a schema id (int32, big-endian). Avro single-object: C3 01 and a fingerprint (little-endian). */
export function framingOf(value: Uint8Array): Framing {
  if (value[0] === 0x00 && value.length >= CONFLUENT_HEADER_BYTES) return 'confluent';
  if (value[0] === 0xc3 && value[1] === 0x01 && value.length >= SINGLE_OBJECT_HEADER_BYTES)
    return 'single_object';
  return 'none';
}

/** The schema id of a Confluent-framed value. Registries count from 1; 0 or less is no id. */
export function confluentId(value: Uint8Array): number {
  return (
    ((value[1] as number) << 24) |
    ((value[2] as number) << 16) |
    ((value[3] as number) << 8) |
    (value[4] as number)
  );
}

/** Puts a registry's schema id before a datum. */
export function frameConfluent(schemaId: number, datum: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(CONFLUENT_HEADER_BYTES + datum.length);
  value[0] = 0;
  value.writeInt32BE(schemaId, 1);
  value.set(datum, CONFLUENT_HEADER_BYTES);
  return value;
}

/** Puts a schema's fingerprint (8 bytes) before a datum. */
export function frameSingleObject(fingerprint: Uint8Array, datum: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(SINGLE_OBJECT_HEADER_BYTES + datum.length);
  value[0] = 0xc3;
  value[1] = 0x01;
  value.set(fingerprint, 2);
  value.set(datum, SINGLE_OBJECT_HEADER_BYTES);
  return value;
}

/** Whether a single-object value names this fingerprint. */
export function hasFingerprint(value: Uint8Array, fingerprint: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (value[2 + i] !== fingerprint[i]) return false;
  return true;
}

/** For details of rejections: the fingerprint that a single-object value carries, and those that are known. */
export function describeFingerprint(value: Uint8Array): string {
  const found = Buffer.from(value.subarray(2, SINGLE_OBJECT_HEADER_BYTES)).toString('hex');
  const known = shippedSchemas.map(schema => schema.fingerprint.toString('hex')).join(', ');
  return `single-object encoding of an unknown schema, fingerprint ${found}; known: ${known}`;
}
