import { isUtf8 } from 'node:buffer';
import type { Type, types } from 'avsc';

/**
 * Checks a datum's bytes against its writer's schema before avsc decodes them. avsc believes what it reads: an array
 * count of 4e9 in a message of 6 bytes makes it allocate until the process dies, which no `catch` can stop.
 *
 * The schema is compiled to a flat list of integers that one loop walks with a stack of fixed size: nothing is allocated
 * for a value, and a recursive schema cannot exhaust the call stack. It checks structure and extent only: that a long
 * which the reader wants fits in a JavaScript number is avsc's to say (a long that the reader skips may be anything).
 */
export interface Guard {
  /** Where the datum that starts at `start` ends; -1 if it is malformed or does not end by `end` (see `failure`). */
  walk(bytes: Uint8Array, start: number, end: number): number;
  /** What the last failed walk found, and where, counted from its `start`. */
  failure(): string;
  /** The fewest bytes that a datum of this schema can have. */
  readonly bytesMin: number;
}

export interface GuardOptions {
  /** Top-level fields of a record whose strings must be valid UTF-8. Others are only measured. */
  utf8Fields?: ReadonlySet<string>;
}

/** Elements of arrays and maps, and nested records, in one datum. Also what stops elements of no size at all. */
export const NODES_MAX = 100_000;
/** Arrays, maps and records within each other. avsc's own recursion is bounded by it too. */
export const DEPTH_MAX = 64;
/** Branches, fields and the like of one schema. */
const PROGRAM_LENGTH_MAX = 1_000_000;
const SIZE_MAX = 2 ** 30;

// The operations. After each come its operands, given in brackets.
const RETURN = 0;
/** Strings or bytes [how many in a row]. */
const TEXTS = 1;
/** Strings that must be valid UTF-8 [how many in a row]. */
const UTF8_TEXTS = 2;
const LONGS = 3;
const INTS = 4;
const BOOLEANS = 5;
/** Bytes of known number: fixed, float, double [how many]. */
const SKIP = 6;
/** An enum [symbols]. */
const ENUM = 7;
/** A union [branches, then one jump target for each]. */
const UNION = 8;
const JUMP = 9;
/** An array or map [where the element's program starts, where to go on after it, an element's fewest bytes]. */
const BLOCKS = 10;
/** The end of an element's program. */
const NEXT = 11;
/** A nested record [where its program starts]. */
const CALL = 12;

const FAILURES = [
  '',
  'ends too early',
  'a length that does not fit in the bytes that remain',
  'a count of elements that cannot fit in the bytes that remain',
  `more than ${NODES_MAX} elements and records`,
  `nested deeper than ${DEPTH_MAX}`,
  'a number that is not well-formed',
  'a union branch or enum symbol that the schema lacks',
  'a boolean that is neither 0 nor 1',
  'a block whose size is not that of its elements',
  'invalid UTF-8 in a field that identifies',
] as const;
const EARLY = 1;
const LENGTH = 2;
const COUNT = 3;
const NODES = 4;
const DEPTH = 5;
const NUMBER = 6;
const INDEX = 7;
const BOOLEAN = 8;
const BLOCK_SIZE = 9;
const UTF8 = 10;

/** Frame: return or body position, position after it, elements left, where the block must end (-1: not said). */
const FRAME = 4;
const stack = new Int32Array(DEPTH_MAX * FRAME);
/** Where the last number read by `varint` ended. */
let after = 0;

/** A zigzag number of up to 10 bytes, rounded above 2^53; NaN if malformed or cut off. Sets `after`. */
function varint(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let unit = 1;
  let at = start;
  const last = Math.min(end, start + 10);
  while (at < last) {
    const byte = bytes[at++] as number;
    sum += (byte & 0x7f) * unit;
    if (byte < 0x80) {
      after = at;
      // The tenth byte holds the 64th bit only.
      if (at === start + 10 && byte > 1) return Number.NaN;
      return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
    }
    unit *= 128;
  }
  after = at;
  return Number.NaN;
}

function compile(root: Type, utf8Fields: ReadonlySet<string>): { program: Int32Array; bytesMin: number } {
  const program: number[] = [];
  /** Index of the last operation if the next one of its kind may be joined to it, else -1. */
  let joinable = -1;
  const starts = new Map<Type, number>();
  const calls: [operand: number, record: types.RecordType][] = [];
  const sizes = new Map<Type, number>();

  function bytesMin(type: Type): number {
    switch (type.typeName) {
      case 'null':
        return 0;
      case 'float':
        return 4;
      case 'double':
        return 8;
      case 'fixed':
        return (type as types.FixedType).size;
      case 'record':
      case 'error': {
        const known = sizes.get(type);
        if (known !== undefined) return known;
        // A record within itself counts as nothing there: a lower bound is what is wanted.
        sizes.set(type, 0);
        let sum = 0;
        for (const field of (type as types.RecordType).fields) sum += bytesMin(field.type);
        sum = Math.min(sum, SIZE_MAX);
        sizes.set(type, sum);
        return sum;
      }
      case 'union:wrapped':
      case 'union:unwrapped':
        return 1 + Math.min(...(type as types.UnwrappedUnionType).types.map(bytesMin));
      default:
        return 1;
    }
  }

  function repeatable(operation: number, times: number): void {
    if (joinable >= 0 && program[joinable] === operation) {
      program[joinable + 1] = Math.min((program[joinable + 1] ?? 0) + times, SIZE_MAX);
      return;
    }
    joinable = program.length;
    program.push(operation, times);
  }

  function emit(...codes: number[]): number {
    joinable = -1;
    program.push(...codes);
    if (program.length > PROGRAM_LENGTH_MAX) throw new Error('the schema is too large');
    return program.length;
  }

  /** The next operation can be jumped to, so it must not be joined to the one before it. */
  function label(): number {
    joinable = -1;
    return program.length;
  }

  function value(type: Type, utf8: boolean): void {
    switch (type.typeName) {
      case 'null':
        return;
      case 'boolean':
        repeatable(BOOLEANS, 1);
        return;
      case 'int':
        repeatable(INTS, 1);
        return;
      case 'long':
        repeatable(LONGS, 1);
        return;
      case 'float':
        repeatable(SKIP, 4);
        return;
      case 'double':
        repeatable(SKIP, 8);
        return;
      case 'fixed':
        repeatable(SKIP, (type as types.FixedType).size);
        return;
      case 'string':
      case 'bytes':
        repeatable(utf8 ? UTF8_TEXTS : TEXTS, 1);
        return;
      case 'enum':
        emit(ENUM, (type as types.EnumType).symbols.length);
        return;
      case 'union:wrapped':
      case 'union:unwrapped': {
        const branches = (type as types.UnwrappedUnionType).types;
        const targets = emit(UNION, branches.length);
        emit(...branches.map(() => 0));
        const jumps: number[] = [];
        for (const [index, branch] of branches.entries()) {
          program[targets + index] = label();
          value(branch, utf8);
          if (index < branches.length - 1) jumps.push(emit(JUMP, 0) - 1);
        }
        const end = label();
        for (const jump of jumps) program[jump] = end;
        // A branch without content (null) goes straight to the end.
        for (const [index, branch] of branches.entries()) {
          if (branch.typeName === 'null') program[targets + index] = end;
        }
        return;
      }
      case 'array':
      case 'map': {
        const isMap = type.typeName === 'map';
        const element: Type = isMap
          ? (type as types.MapType).valuesType
          : (type as types.ArrayType).itemsType;
        const operands = emit(BLOCKS, 0, 0, bytesMin(element) + (isMap ? 1 : 0)) - 3;
        program[operands] = label();
        if (isMap) repeatable(TEXTS, 1);
        value(element, false);
        emit(NEXT);
        program[operands + 1] = label();
        return;
      }
      case 'record':
      case 'error':
        calls.push([emit(CALL, 0) - 1, type as types.RecordType]);
        return;
      default:
        throw new Error(`unknown Avro type ${type.typeName}`);
    }
  }

  function body(type: Type, strict: boolean): void {
    if (type.typeName === 'record' || type.typeName === 'error') {
      for (const field of (type as types.RecordType).fields) {
        value(field.type, strict && utf8Fields.has(field.name));
      }
    } else {
      value(type, false);
    }
    emit(RETURN);
  }

  body(root, true);
  // Each record is compiled once, however often it is used: copies in place could grow without limit.
  for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
    const [operand, record] = call;
    let start = starts.get(record);
    if (start === undefined) {
      start = label();
      starts.set(record, start);
      body(record, false);
    }
    program[operand] = start;
  }
  return { program: Int32Array.from(program), bytesMin: bytesMin(root) };
}

/** Throws if the schema is beyond the limits. */
export function createGuard(type: Type, options: GuardOptions = {}): Guard {
  const { program, bytesMin } = compile(type, options.utf8Fields ?? new Set());
  let failed = 0;
  let failedAt = 0;

  function fail(reason: number, at: number): -1 {
    failed = reason;
    failedAt = at;
    return -1;
  }

  function walk(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let pc = 0;
    let depth = 0;
    let nodesLeft = NODES_MAX;
    // Reads from a typed array past its end give undefined, which every comparison below sends to a failing path; the
    // comparisons with `end` come first all the same.
    for (;;) {
      const operation = program[pc];
      switch (operation) {
        case TEXTS:
        case UTF8_TEXTS: {
          let left = program[pc + 1] as number;
          pc += 2;
          while (left-- > 0) {
            if (at >= end) return fail(EARLY, at - start);
            const byte = bytes[at] as number;
            let length: number;
            if (byte < 0x80) {
              if (byte & 1) return fail(LENGTH, at - start);
              length = byte >> 1;
              at++;
            } else {
              length = varint(bytes, at, end);
              // Also false for NaN.
              if (!(length >= 0)) return fail(LENGTH, at - start);
              at = after;
            }
            if (length > end - at) return fail(LENGTH, at - start);
            if (operation === UTF8_TEXTS) {
              let bits = 0;
              for (let i = at; i < at + length; i++) bits |= bytes[i] as number;
              if (bits >= 0x80 && !isUtf8(bytes.subarray(at, at + length))) return fail(UTF8, at - start);
            }
            at += length;
          }
          break;
        }
        case LONGS: {
          let left = program[pc + 1] as number;
          pc += 2;
          while (left-- > 0) {
            if (at >= end) return fail(EARLY, at - start);
            if ((bytes[at] as number) < 0x80) {
              at++;
            } else {
              const first = at;
              const last = Math.min(end, at + 10);
              while (at < last && (bytes[at] as number) >= 0x80) at++;
              if (at === last || (at === first + 9 && (bytes[at] as number) > 1)) {
                return fail(last === first + 10 ? NUMBER : EARLY, first - start);
              }
              at++;
            }
          }
          break;
        }
        case INTS: {
          let left = program[pc + 1] as number;
          pc += 2;
          while (left-- > 0) {
            if (at >= end) return fail(EARLY, at - start);
            if ((bytes[at] as number) < 0x80) {
              at++;
            } else {
              const number = varint(bytes, at, end);
              if (!(number >= -2147483648 && number <= 2147483647)) return fail(NUMBER, at - start);
              at = after;
            }
          }
          break;
        }
        case BOOLEANS: {
          const stop = at + (program[pc + 1] as number);
          pc += 2;
          if (stop > end) return fail(EARLY, at - start);
          for (; at < stop; at++) {
            if ((bytes[at] as number) > 1) return fail(BOOLEAN, at - start);
          }
          break;
        }
        case SKIP: {
          const length = program[pc + 1] as number;
          pc += 2;
          if (length > end - at) return fail(EARLY, at - start);
          at += length;
          break;
        }
        case ENUM: {
          const index = varint(bytes, at, end);
          if (!(index >= 0 && index < (program[pc + 1] as number))) return fail(INDEX, at - start);
          at = after;
          pc += 2;
          break;
        }
        case UNION: {
          if (at >= end) return fail(EARLY, at - start);
          const byte = bytes[at] as number;
          let index: number;
          if (byte < 0x80) {
            index = byte & 1 ? -1 : byte >> 1;
            after = at + 1;
          } else {
            index = varint(bytes, at, end);
          }
          if (!(index >= 0 && index < (program[pc + 1] as number))) return fail(INDEX, at - start);
          at = after;
          pc = program[pc + 2 + index] as number;
          break;
        }
        case JUMP:
          pc = program[pc + 1] as number;
          break;
        case BLOCKS: {
          if (at < end && bytes[at] === 0) {
            at++;
            pc = program[pc + 2] as number;
            break;
          }
          if (depth === DEPTH_MAX) return fail(DEPTH, at - start);
          const frame = depth++ * FRAME;
          stack[frame] = pc;
          stack[frame + 1] = program[pc + 2] as number;
          stack[frame + 2] = 0;
          stack[frame + 3] = -1;
          // The end of no block yet: what follows reads the first block's header.
          pc = (program[pc + 2] as number) - 1;
          break;
        }
        case NEXT: {
          const frame = (depth - 1) * FRAME;
          const blocks = stack[frame] as number;
          const left = stack[frame + 2] as number;
          if (left > 1) {
            stack[frame + 2] = left - 1;
            pc = program[blocks + 1] as number;
            break;
          }
          const blockEnd = stack[frame + 3] as number;
          if (blockEnd >= 0 && blockEnd !== at) return fail(BLOCK_SIZE, at - start);
          let count = varint(bytes, at, end);
          if (Number.isNaN(count)) return fail(at >= end ? EARLY : NUMBER, at - start);
          if (count === 0) {
            at = after;
            depth--;
            pc = stack[frame + 1] as number;
            break;
          }
          let next = after;
          stack[frame + 3] = -1;
          if (count < 0) {
            count = -count;
            const size = varint(bytes, next, end);
            if (!(size >= 0 && size <= end - after)) return fail(LENGTH, next - start);
            next = after;
            stack[frame + 3] = next + size;
          }
          if (count * (program[blocks + 3] as number) > end - next) return fail(COUNT, at - start);
          nodesLeft -= count;
          if (nodesLeft < 0) return fail(NODES, at - start);
          stack[frame + 2] = count;
          at = next;
          pc = program[blocks + 1] as number;
          break;
        }
        case CALL: {
          if (depth === DEPTH_MAX) return fail(DEPTH, at - start);
          if (--nodesLeft < 0) return fail(NODES, at - start);
          stack[depth++ * FRAME] = pc + 2;
          pc = program[pc + 1] as number;
          break;
        }
        default:
          if (depth === 0) return at;
          pc = stack[--depth * FRAME] as number;
      }
    }
  }

  return {
    walk,
    failure: () => `byte ${failedAt}: ${FAILURES[failed]}`,
    bytesMin,
  };
}
