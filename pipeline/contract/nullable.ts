import type { Type, types } from 'avsc';
import type { Event } from './event.ts';
import { eventType, newest, parseSchema } from './schema.ts';

/**
 * Many writers make every field nullable (Spark does, and most generated classes). By Avro's rules such a schema can be
 * read, and a null where the reader has none is an error in that datum; avsc refuses the schema as a whole. So these
 * writers are read through a copy of the event's schema that allows null everywhere, and a null then counts as a field
 * left out: it gets its default. Except where a default would be an assumption about somebody: `undecodable`.
 */
const NEVER_ASSUMED: ReadonlySet<string> = new Set([
  'consent_analytics',
  'consent_ads',
] satisfies (keyof Event)[]);

type Json = string | Json[] | { [key: string]: Json };

function allowingNull(schema: Json): Json {
  if (Array.isArray(schema)) return schema;
  if (typeof schema === 'string') return [schema, 'null'];
  const copy = { ...schema };
  if (copy.items !== undefined) copy.items = allowingNull(copy.items);
  if (copy.values !== undefined) copy.values = allowingNull(copy.values);
  if (Array.isArray(copy.fields)) copy.fields = copy.fields.map(fieldAllowingNull);
  return [copy, 'null'];
}

function fieldAllowingNull(field: Json): Json {
  if (typeof field === 'string' || Array.isArray(field)) return field;
  // The default stays the first branch's.
  return { ...field, type: allowingNull(field.type ?? 'null') };
}

const event = JSON.parse(newest.text) as { fields: Json[] };

/** `footfall.Event` with null allowed in every place. */
export const nullableEventType: Type = parseSchema(
  JSON.stringify({ ...event, fields: event.fields.map(fieldAllowingNull) }),
);

/** Puts defaults for nulls, in place. Returns the name of a field that must not be null and is, or null if all is well. */
function fill(record: Record<string, unknown>, type: types.RecordType): string | null {
  for (const field of type.fields) {
    const value = record[field.name];
    const { typeName } = field.type;
    if (value === null) {
      if (typeName.startsWith('union')) continue;
      const standard: unknown = NEVER_ASSUMED.has(field.name) ? undefined : field.defaultValue();
      if (standard === undefined) return field.name;
      record[field.name] = standard;
    } else if (typeName === 'array') {
      const { itemsType } = field.type as types.ArrayType;
      const items = (value as (Record<string, unknown> | null)[]).filter(item => item !== null);
      for (const item of items) {
        const missing = fill(item, itemsType as types.RecordType);
        if (missing !== null) return `${field.name}.${missing}`;
      }
      record[field.name] = items;
    } else if (typeName === 'map') {
      const entries = Object.entries(value as Record<string, unknown>).filter(([, entry]) => entry !== null);
      record[field.name] = Object.fromEntries(entries);
    }
  }
  return null;
}

/** Makes an Event of a value of `nullableEventType`, in place; throws if a field is null that must not be. */
export function withoutNulls(value: Record<string, unknown>): Event {
  const missing = fill(value, eventType as types.RecordType);
  if (missing !== null) throw new Error(`${missing} is null`);
  return value as unknown as Event;
}
