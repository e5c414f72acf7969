import type { Type, types } from 'avsc';
import {
  CONFLUENT_HEADER_BYTES,
  confluentId,
  framingOf,
  SINGLE_OBJECT_HEADER_BYTES,
} from '../contract/framing.ts';
import { createGuard } from '../contract/guard.ts';
import { createRegistry } from '../contract/registry.ts';
import { eventType, shippedSchemas } from '../contract/schema.ts';
import type { Settings } from '../settings.ts';

/** A registry that does not answer must not keep a person waiting. */
const REGISTRY_TIMEOUT_MS = 5_000;

/** Offsets, bytes in hexadecimal and as text, 16 a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = [...bytes.subarray(at, at + 16)];
    const hex = line.map(byte => byte.toString(16).padStart(2, '0'));
    const text = line.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    const halves = [hex.slice(0, 8).join(' '), hex.slice(8).join(' ')].join('  ');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${halves.padEnd(48)}  ${text}\n`);
  }
  return lines.join('');
}

/** The fields of a record up to the first that cannot be read, with what was wrong there; JSON. */
export async function decodedAsFarAsPossible(bytes: Buffer, settings: Settings): Promise<string> {
  const { writer, start, note } = await writerOf(bytes, settings);
  if (writer === null) return note;
  const { fields, end, failure } = decodeFields(writer, bytes, start);
  const left = bytes.length - end;
  const problem =
    failure ?? (left > 0 ? `${left} bytes are left over after byte ${end}` : 'all of it can be read');
  const json = JSON.stringify(
    fields,
    // Integers that a number cannot hold, and bytes.
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    2,
  );
  return `${note}\n${json}\n${problem}`;
}

async function writerOf(
  bytes: Buffer,
  settings: Settings,
): Promise<{ writer: Type | null; start: number; note: string }> {
  switch (framingOf(bytes)) {
    case 'none':
      return {
        writer: null,
        start: 0,
        note: 'not framed: neither Confluent (00 and a schema id) nor Avro single-object encoding (c3 01)',
      };
    case 'single_object': {
      const found = bytes.subarray(2, SINGLE_OBJECT_HEADER_BYTES);
      const schema = shippedSchemas.find(s => s.fingerprint.equals(found));
      const start = SINGLE_OBJECT_HEADER_BYTES;
      if (schema === undefined)
        return {
          writer: null,
          start,
          note: `single-object encoding, unknown fingerprint ${found.toString('hex')}`,
        };
      return {
        writer: schema.type,
        start,
        note: `single-object encoding, footfall.Event version ${schema.version}`,
      };
    }
    case 'confluent': {
      const id = confluentId(bytes);
      const start = CONFLUENT_HEADER_BYTES;
      const { writer, note } = await registeredWriter(id, settings);
      return { writer: writer ?? eventType, start, note: `schema ${id}: ${note}` };
    }
  }
}

async function registeredWriter(
  id: number,
  settings: Settings,
): Promise<{ writer: Type | null; note: string }> {
  const guess = 'read here as if it were of the newest shipped schema, which may be wrong';
  const {
    SCHEMA_REGISTRY_URL: url,
    SCHEMA_REGISTRY_USER: user,
    SCHEMA_REGISTRY_PASSWORD: password,
  } = settings;
  if (url === undefined || url === 'none')
    return { writer: null, note: `no SCHEMA_REGISTRY_URL is set; ${guess}` };
  const registry = createRegistry({
    url,
    ...(user === undefined || password === undefined ? {} : { user, password }),
    unknownTries: 1,
    unknownOverMs: 0,
  });
  try {
    const known = await registry.resolve(id, AbortSignal.timeout(REGISTRY_TIMEOUT_MS));
    if ('reader' in known) return { writer: known.reader.writer, note: 'as the registry has it' };
    return { writer: null, note: `${known.rejection.detail}; ${guess}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { writer: null, note: `the registry does not tell (${why}); ${guess}` };
  }
}

/** Field by field, each only after its guard has passed it: a few bytes can claim an array of billions. */
function decodeFields(
  writer: Type,
  bytes: Buffer,
  start: number,
): { fields: Record<string, unknown>; end: number; failure: string | null } {
  if (writer.typeName !== 'record')
    return { fields: {}, end: start, failure: `a ${writer.typeName}, not a record` };
  const fields: Record<string, unknown> = {};
  let at = start;
  for (const { name, type } of (writer as types.RecordType).fields) {
    const guard = createGuard(type);
    const end = guard.walk(bytes, at, bytes.length);
    if (end < 0) return { fields, end: at, failure: `field ${name}, at byte ${at}: ${guard.failure()}` };
    try {
      fields[name] = type.decode(bytes, at).value;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { fields, end: at, failure: `field ${name}, at byte ${at}: ${why}` };
    }
    at = end;
  }
  return { fields, end: at, failure: null };
}
