import { readdirSync, readFileSync } from 'node:fs';
import avro, { type Type } from 'avsc';
import type { Event, Item } from './event.ts';
import { schemaFingerprint } from './fingerprint.ts';

/** One version of `footfall.Event` as it ships in schemas/. */
export interface ShippedSchema {
  version: number;
  /** The file's text, to register or to write into event files. */
  text: string;
  type: Type;
  /** CRC-64-AVRO as single-object encoding carries it: 8 bytes, little-endian. */
  fingerprint: Buffer;
}

/** Longer schema texts are refused: parsing one takes time and stack in proportion. */
export const SCHEMA_BYTES_MAX = 1_048_576;

/**
 * A schema's JSON as an avsc type. Logical types are left as what they are written as (times stay numbers).
 * Throws on what is no Avro schema, or one too large or too deep to parse.
 */
export function parseSchema(text: string, reviver?: (key: string, value: unknown) => unknown): Type {
  if (Buffer.byteLength(text) > SCHEMA_BYTES_MAX) throw new Error(`a schema over ${SCHEMA_BYTES_MAX} bytes`);
  const schema: unknown = JSON.parse(text, reviver);
  if (typeof schema !== 'string' && (typeof schema !== 'object' || schema === null)) {
    throw new Error('a schema is a name, an object or an array');
  }
  // No methods on records: an event is its fields. Unions wrapped only where their branches could not be told apart.
  return avro.Type.forSchema(schema as avro.Schema, { omitRecordMethods: true });
}

/** What a writer's schema says beside how its data are written. */
const BESIDE = new Set(['default', 'doc', 'aliases', 'order']);

/**
 * `parseSchema` for data of others. Only the reader's defaults and aliases count in resolution, so theirs are left out:
 * many are wrong by the letter (a null default of ["string", "null"]), and nested ones can take for ever to fill in.
 */
export function parseWriterSchema(text: string): Type {
  return parseSchema(text, (key, value) => (BESIDE.has(key) ? undefined : value));
}

const directory = new URL('../../schemas/', import.meta.url);

/** Every version that ships, oldest first. */
export const shippedSchemas: readonly ShippedSchema[] = readdirSync(directory)
  .flatMap(name => {
    const version = /^event\.v(\d+)\.avsc$/.exec(name)?.[1];
    return version === undefined ? [] : [{ version: Number(version), name }];
  })
  .sort((a, b) => a.version - b.version)
  .map(({ version, name }) => {
    const text = readFileSync(new URL(name, directory), 'utf8');
    const type = parseSchema(text);
    return { version, text, type, fingerprint: schemaFingerprint(type) };
  });

function newestSchema(): ShippedSchema {
  const newest = shippedSchemas.at(-1);
  if (newest === undefined) throw new Error(`no event.v1.avsc in ${directory.pathname}`);
  return newest;
}

/** The version that writers of ours use and that readers resolve to. */
export const newest = newestSchema();

/** The newest `footfall.Event`; its values are `Event` (event.ts). */
export const eventType: Type = newest.type;

/** An event to be written: the four required fields, and any other that is not its default. */
export type EventInput = Pick<Event, RequiredField> &
  Partial<Omit<Event, RequiredField | 'items'>> & { items?: (Pick<Item, 'item_id'> & Partial<Item>)[] };
type RequiredField = 'event_id' | 'event_name' | 'event_time' | 'visitor_id';

/** The bytes of an event in the newest schema, without framing. Throws on a value that the schema does not allow. */
export function encodeEvent(event: EventInput): Buffer {
  return eventType.toBuffer(event);
}
