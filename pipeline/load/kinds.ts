/** A value as ClickHouse takes it in JSONEachRow. */
export type Cell = string | number | null | string[] | number[];

/** What a column may hold, and how a value of a file (text of CSV, a value of JSON or Avro) becomes one. */
export interface Kind {
  /** Ends the sentence 'it may be …'. */
  may: string;
  /** Undefined: it may not be this. */
  read(value: unknown): Cell | undefined;
}

const DAY_MS = 86_400_000;

export const text: Kind = {
  may: 'any text',
  read: value => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined),
};

export const name: Kind = {
  may: 'text that is not empty',
  read: value => {
    const read = text.read(value);
    return typeof read === 'string' && read.trim() !== '' ? read : undefined;
  },
};

export function oneOf(...names: readonly string[]): Kind {
  return { may: names.join(', '), read: value => names.find(one => one === value) };
}

export function matching(pattern: RegExp, may: string): Kind {
  return { may, read: value => (typeof value === 'string' && pattern.test(value) ? value : undefined) };
}

export const currency = matching(/^[A-Z]{3}$/, 'the three capital letters of ISO 4217, such as EUR');

export const timezone: Kind = {
  may: 'an IANA time zone, such as Europe/Berlin',
  read(value) {
    if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return undefined;
    try {
      // The only way to ask: it throws for a zone that is not known.
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone === ''
        ? undefined
        : value;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  },
};

/** Numbers beyond 2^53 − 1 would be rounded: they are refused. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER, what = 'a whole number'): Kind {
  return {
    may: `${what} from ${min} to ${max}`,
    read(value) {
      const read = typeof value === 'bigint' ? Number(value) : numberOf(value, /^[+-]?\d{1,17}$/);
      return read !== undefined && Number.isSafeInteger(read) && read >= min && read <= max
        ? read
        : undefined;
    },
  };
}

export const minorUnits = whole(
  -Number.MAX_SAFE_INTEGER,
  undefined,
  'minor units of the currency (1250 for 12.50 EUR), a whole number',
);

export function decimal(min: number, max: number, may: string): Kind {
  return {
    may,
    read(value) {
      const read = numberOf(value, /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/);
      return read !== undefined && Number.isFinite(read) && read >= min && read <= max ? read : undefined;
    },
  };
}

function numberOf(value: unknown, written: RegExp): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && written.test(value.trim())) return Number(value);
  return undefined;
}

/** YYYY-MM-DD; in Avro also a `date`: days since 1970. Only days that are in the calendar. */
export const day: Kind = {
  may: 'a day, YYYY-MM-DD, from 1970-01-01 to 2149-06-06',
  read(value) {
    const written = typeof value === 'number' && Number.isInteger(value) ? dayText(value * DAY_MS) : value;
    if (typeof written !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(written)) return undefined;
    const ms = Date.parse(`${written}T00:00:00Z`);
    if (Number.isNaN(ms) || dayText(ms) !== written) return undefined;
    return written >= '1970-01-01' && written <= '2149-06-06' ? written : undefined;
  },
};

function dayText(ms: number): string | undefined {
  return Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString().slice(0, 10);
}

/** As ClickHouse writes it, UTC; or ISO 8601 with its offset; in Avro also `timestamp-millis`. */
export const time: Kind = {
  may: 'a time in UTC, YYYY-MM-DD HH:MM:SS[.mmm], or with its offset, such as 2026-11-01T12:00:00+01:00',
  read(value) {
    let ms: number;
    if (typeof value === 'number') ms = value;
    else if (typeof value !== 'string') return undefined;
    else {
      const parts = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)(Z|[+-]\d{2}:?\d{2})?$/.exec(
        value.trim(),
      );
      if (parts === null || day.read(parts[1]) === undefined) return undefined;
      ms = Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? 'Z'}`);
    }
    if (!Number.isSafeInteger(ms) || ms < 0 || ms >= Date.UTC(2100, 0, 1)) return undefined;
    return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  },
};

/** ClickHouse's DateTime: whole seconds. */
export const second: Kind = {
  may: time.may.replace('[.mmm]', ''),
  read(value) {
    const read = time.read(value);
    return typeof read === 'string' && read.endsWith('.000') ? read.slice(0, -4) : undefined;
  },
};

/** Nothing stands for NULL. */
export function optional(kind: Kind): Kind {
  return {
    may: `${kind.may}, or nothing`,
    read: value => (value === null || value === '' ? null : kind.read(value)),
  };
}

/** A JSON array; in CSV also its parts with | between. */
export function listOf(kind: Kind): Kind {
  return {
    may: `a list, in CSV with | between; of each part: ${kind.may}`,
    read(value) {
      const parts = typeof value === 'string' ? partsOf(value) : value;
      if (!Array.isArray(parts)) return undefined;
      const read = parts.map(part => kind.read(part));
      if (read.every(part => typeof part === 'string')) return read;
      if (read.every(part => typeof part === 'number')) return read;
      return undefined;
    },
  };
}

function partsOf(written: string): unknown {
  const trimmed = written.trim();
  if (!trimmed.startsWith('[')) return trimmed === '' ? [] : trimmed.split('|').map(part => part.trim());
  try {
    return JSON.parse(trimmed);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
