import type { Event } from './event.ts';
import {
  CONFLUENT_HEADER_BYTES,
  confluentId,
  describeFingerprint,
  framingOf,
  hasFingerprint,
  MESSAGE_BYTES_MAX,
  SINGLE_OBJECT_HEADER_BYTES,
} from './framing.ts';
import type { Rejection, RejectReason } from './outcome.ts';
import { createReader, readerOf, type SchemaReader } from './reader.ts';
import type { Registry } from './registry.ts';
import { shippedSchemas } from './schema.ts';

/**
 * What a value is: an event, or rejected, or written with a registry id that is not known here yet: the caller awaits
 * `registry.resolve(unknownId)` and decodes again. `schemaId` is 0 where the schema is a shipped or an event file's one.
 */
export type Decoded = { event: Event; schemaId: number } | { rejection: Rejection } | { unknownId: number };

export interface Decoder {
  /**
   * Never throws, whatever the bytes. The event keeps nothing of `value`, which may be a slice of a buffer used again.
   * A map's entry with the key `__proto__` is dropped: it is assigned to an ordinary object, which ignores it. Doubles
   * may be NaN or infinite. Ranges and names are not checked here.
   */
  decode(value: Uint8Array | null): Decoded;
  /** Asks the registry for every id that is new in these values, side by side. Rejects as `registry.resolve` does. */
  prefetch(values: Iterable<Uint8Array | null>, signal?: AbortSignal): Promise<void>;
  /** From now on values in single-object encoding of this schema (of an event file) decode. Throws as `readerOf`. */
  learn(schemaText: string): SchemaReader;
}

export interface DecoderOptions {
  /** Without one, Confluent-framed values are `unframed`. */
  registry?: Pick<Registry, 'get' | 'resolve'>;
  messageBytesMax?: number;
}

/** Schemas of event files that one decoder learns; each takes a few hundred kilobytes at most. */
const LEARNED_MAX = 1000;

function rejected(reason: RejectReason, detail: string): { rejection: Rejection } {
  return { rejection: { reason, detail } };
}

export function createDecoder({ registry, messageBytesMax = MESSAGE_BYTES_MAX }: DecoderOptions): Decoder {
  const fingerprinted: SchemaReader[] = shippedSchemas.map(schema => createReader(schema.type));
  // Most messages in a row have one schema.
  let lastId = 0;
  let lastReader: SchemaReader | undefined;
  let lastFingerprinted = fingerprinted.at(-1);

  function read(reader: SchemaReader, value: Uint8Array, start: number, schemaId: number): Decoded {
    const bytes = Buffer.isBuffer(value)
      ? value
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const result = reader.read(bytes, start);
    return 'event' in result ? { event: result.event, schemaId } : result;
  }

  function decodeConfluent(value: Uint8Array): Decoded {
    const id = confluentId(value);
    if (registry === undefined) return rejected('unframed', `schema id ${id}, but no schema registry is set`);
    if (id === lastId && lastReader !== undefined) return read(lastReader, value, CONFLUENT_HEADER_BYTES, id);
    if (id <= 0) return rejected('unframed', `schema id ${id}: registries count from 1`);
    const known = registry.get(id);
    if (known === undefined) return { unknownId: id };
    if ('rejection' in known) return known;
    lastId = id;
    lastReader = known.reader;
    return read(known.reader, value, CONFLUENT_HEADER_BYTES, id);
  }

  function decodeSingleObject(value: Uint8Array): Decoded {
    if (lastFingerprinted === undefined || !hasFingerprint(value, lastFingerprinted.fingerprint)) {
      const reader = fingerprinted.find(known => hasFingerprint(value, known.fingerprint));
      if (reader === undefined) return rejected('unframed', describeFingerprint(value));
      lastFingerprinted = reader;
    }
    return read(lastFingerprinted, value, SINGLE_OBJECT_HEADER_BYTES, 0);
  }

  return {
    decode(value) {
      if (value === null || value.length === 0)
        return rejected('empty', value === null ? 'null' : 'no bytes');
      if (value.length > messageBytesMax) {
        return rejected('oversized', `${value.length} bytes, at most ${messageBytesMax}`);
      }
      const framing = framingOf(value);
      if (framing === 'confluent') return decodeConfluent(value);
      if (framing === 'single_object') return decodeSingleObject(value);
      const start = Buffer.from(value.subarray(0, 10)).toString('hex');
      return rejected(
        'unframed',
        `starts with ${start}: neither Confluent (00) nor single-object (c301) framing`,
      );
    },

    async prefetch(values, signal) {
      if (registry === undefined) return;
      const ids = new Set<number>();
      for (const value of values) {
        if (value === null || value.length > messageBytesMax || framingOf(value) !== 'confluent') continue;
        const id = confluentId(value);
        if (id > 0 && id !== lastId && registry.get(id) === undefined) ids.add(id);
      }
      await Promise.all([...ids].map(id => registry.resolve(id, signal)));
    },

    learn(schemaText) {
      const reader = readerOf(schemaText);
      const known = fingerprinted.find(other => other.fingerprint.equals(reader.fingerprint));
      if (known !== undefined) {
        if (!known.writer.equals(reader.writer)) {
          throw new Error(
            'another schema has the same fingerprint: made on purpose, or a chance of 1 in 2^64',
          );
        }
        return known;
      }
      if (fingerprinted.length >= LEARNED_MAX)
        throw new Error(`more than ${LEARNED_MAX} different schemas of files`);
      fingerprinted.push(reader);
      return reader;
    },
  };
}
