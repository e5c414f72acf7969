import { frameSingleObject, MESSAGE_BYTES_MAX } from '../contract/framing.ts';
import { encodeEvent, newest } from '../contract/schema.ts';
import type { SimulatedRecord } from './damage.ts';

/** A record's value as it stands in a log: the event in single-object encoding, or bytes that are none. */
export function recordValue({ event, misframed }: SimulatedRecord): Buffer | null {
  if (event !== null) return frameSingleObject(newest.fingerprint, encodeEvent(event));
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
}
