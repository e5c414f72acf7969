import type { Type } from 'avsc';
import type { Event } from './event.ts';
import { schemaFingerprint } from './fingerprint.ts';
import { createGuard, type Guard } from './guard.ts';
import type { Rejection } from './outcome.ts';
import { eventType, parseSchema } from './schema.ts';

/** Reads the data of one writer's schema as events. */
export interface SchemaReader {
  /** The datum that fills `bytes` from `start` to the end. */
  read(bytes: Buffer, start: number): { event: Event } | { rejection: Rejection };
  readonly writer: Type;
  readonly guard: Guard;
  /** CRC-64-AVRO, 8 bytes, little-endian. */
  readonly fingerprint: Buffer;
}

/**
 * Fields whose equality decides something: who, which event, which order. A string of theirs that is not valid UTF-8 is
 * refused (`undecodable`): decoding would put U+FFFD for what it cannot read, and two ids could become one, so that an
 * event would be dropped as a duplicate or two people become one. In any other field the replacement is accepted: a
 * title that a collector cut in mid-character is still that page's title.
 */
const IDENTIFYING = new Set([
  'event_id',
  'visitor_id',
  'user_id',
  'site',
  'transaction_id',
] satisfies (keyof Event)[]);

/** Throws, saying why, if a writer's schema cannot be read as `footfall.Event` by Avro's rules. */
export function createReader(writer: Type): SchemaReader {
  const guard = createGuard(writer, { utf8Fields: IDENTIFYING });
  // Avro compares unqualified names, so a producer may have a namespace of its own.
  const resolver = writer.equals(eventType)
    ? undefined
    : eventType.createResolver(writer, { ignoreNamespaces: true });

  return {
    read(bytes, start) {
      const end = guard.walk(bytes, start, bytes.length);
      if (end !== bytes.length) {
        const detail =
          end < 0 ? guard.failure() : `${bytes.length - end} bytes left over after byte ${end - start}`;
        return { rejection: { reason: 'undecodable', detail } };
      }
      try {
        return { event: eventType.decode(bytes, start, resolver).value as Event };
      } catch (error) {
        // What the guard leaves to avsc: longs that a number cannot hold.
        const detail = error instanceof Error ? error.message : String(error);
        return { rejection: { reason: 'undecodable', detail } };
      }
    },
    writer,
    guard,
    fingerprint: schemaFingerprint(writer),
  };
}

/** A reader for a schema's JSON text; throws as `parseSchema` and `createReader` do. */
export function readerOf(schemaText: string): SchemaReader {
  return createReader(parseSchema(schemaText));
}
