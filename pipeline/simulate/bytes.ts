import { frameConfluent, frameSingleObject, MESSAGE_BYTES_MAX } from '../contract/framing.ts';
import { newest } from '../contract/schema.ts';
import type { SimulatedRecord } from './damage.ts';
import { createEncoder, EVENT_BYTES_MAX } from './encode.ts';

/** Gives a record's value as it stands in a log: a framed event, or bytes that are none. */
export type RecordValues = (record: SimulatedRecord) => Buffer | null;

const CHUNK_BYTES = 1_048_576;

/**
 * Events in Confluent framing with a registry's schema id, or without one (null) in single-object encoding. The values stay valid and
 * unchanged: each chunk of memory is filled once.
 */
export function createRecordValues(schemaId: number | null): RecordValues {
  const none = new Uint8Array();
  const header =
    schemaId === null ? frameSingleObject(newest.fingerprint, none) : frameConfluent(schemaId, none);
  const encoder = createEncoder();
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let at = 0;
  return ({ event, misframed }) => {
    if (event !== null) {
      if (chunk.length - at < header.length + EVENT_BYTES_MAX) {
        chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
        at = 0;
      }
      const start = at;
      chunk.set(header, start);
      at = encoder.encode(event, chunk, start + header.length);
      return chunk.subarray(start, at);
    }
    switch (misframed) {
      case 'oversized':
        return Buffer.alloc(MESSAGE_BYTES_MAX + 1, 'x');
      case 'unframed':
        return Buffer.from('{"event_name":"page_view","note":"JSON, where Avro is meant"}');
      case 'undecodable':
        return frameSingleObject(newest.fingerprint, Buffer.from([0x48, 0x75, 0x68]));
      default:
        return null;
    }
  };
}
