import type { Type, types } from 'avsc';
import type { Event } from './event.ts';
import { schemaFingerprint } from './fingerprint.ts';
import { createGuard, type Guard } from './guard.ts';
import { nullableEventType, withoutNulls } from './nullable.ts';
import type { Rejection } from './outcome.ts';
import { eventType, parseWriterSchema } from './schema.ts';

/** Reads the data of one writer's schema as events. */
export interface SchemaReader {
  /** The datum that fills `bytes` from `start` to the end. Never throws. */
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

/** Details go into a row each: a message that quotes a schema must not. */
const DETAIL_LENGTH_MAX = 300;

export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > DETAIL_LENGTH_MAX ? `${message.slice(0, DETAIL_LENGTH_MAX)}…` : message;
}

/**
 * Avro compares unqualified names, so a producer may have a namespace of its own. A new object each time: avsc keeps in
 * it what it has resolved by the names of records, and would read one writer's data by another's schema.
 */
const lenient = () => ({ ignoreNamespaces: true });

/** Which field a schema cannot be read for: avsc names the types only. */
function explain(writer: Type, error: unknown): Error {
  for (const field of (writer as types.RecordType).fields) {
    const wanted = (nullableEventType as types.RecordType).field(field.name);
    if (wanted === undefined) continue;
    try {
      wanted.type.createResolver(field.type, lenient());
    } catch (cause) {
      return new Error(messageOf(new Error(`field ${field.name}: ${messageOf(cause)}`)), { cause });
    }
  }
  return new Error(messageOf(error), { cause: error });
}

/** A value that ends where its bytes end, or an error: the guard found that end, and avsc must agree. */
function whole(decoded: { value: unknown; offset: number }, bytes: Buffer): unknown {
  if (decoded.offset !== bytes.length)
    throw new Error(`decoded to byte ${decoded.offset} of ${bytes.length}`);
  return decoded.value;
}

/** A decoder of what the guard has passed. */
function decoderOf(writer: Type): (bytes: Buffer, start: number) => Event {
  if (writer.equals(eventType))
    return (bytes, start) => whole(eventType.decode(bytes, start), bytes) as Event;
  try {
    const resolver = eventType.createResolver(writer, lenient());
    return (bytes, start) => whole(eventType.decode(bytes, start, resolver), bytes) as Event;
  } catch (error) {
    try {
      const resolver = nullableEventType.createResolver(writer, lenient());
      return (bytes, start) => {
        const value = whole(nullableEventType.decode(bytes, start, resolver), bytes);
        return withoutNulls(value as Record<string, unknown>);
      };
    } catch {
      throw explain(writer, error); // The first refusal is the one that says what is wrong.
    }
  }
}

/** Throws, saying why, if a writer's schema cannot be read as `footfall.Event`. */
export function createReader(writer: Type): SchemaReader {
  if (writer.typeName !== 'record') throw new Error(`a schema of type ${writer.typeName}, not a record`);
  const guard = createGuard(writer, { utf8Fields: IDENTIFYING });
  const decode = decoderOf(writer);

  return {
    read(bytes, start) {
      const end = guard.walk(bytes, start, bytes.length);
      if (end !== bytes.length) {
        const detail =
          end < 0 ? guard.failure() : `${bytes.length - end} bytes left over after byte ${end - start}`;
        return { rejection: { reason: 'undecodable', detail } };
      }
      try {
        return { event: decode(bytes, start) };
      } catch (error) {
        // What the guard leaves to others: longs that a number cannot hold, nulls where none may be.
        return { rejection: { reason: 'undecodable', detail: messageOf(error) } };
      }
    },
    writer,
    guard,
    fingerprint: schemaFingerprint(writer),
  };
}

/** A reader for the JSON text of a writer's schema; throws as `parseWriterSchema` and `createReader` do. */
export function readerOf(schemaText: string): SchemaReader {
  return createReader(parseWriterSchema(schemaText));
}
