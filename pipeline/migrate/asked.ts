/**
 * Base views with parameters, as they are created. ClickHouse analyses a view with parameters two to three times for each view above it, so
 * that questions of seven layers waited seconds for their plans alone; a view without parameters is analysed once. So a base view that is
 * written with parameters is created without: it takes them as JSON from the setting log_comment of the subquery that reads it, and a
 * small view, ask_NAME, sets that from its one parameter. Every read `footfall.NAME(parameter = value, …)` in sql/ becomes one of ask_NAME.
 */

/** A view as it is written: its whole CREATE statement, without comments and semicolon. */
export interface WrittenView {
  name: string;
  create: string;
}

/** Of each view that is created so: its parameters' types. */
export type AskedViews = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Which base views are created so: all that have parameters, but those that only say what is wrong with them. */
export function askedViews(base: readonly WrittenView[]): AskedViews {
  const asked = base.filter(view => !/\bthrowIf\b|\bfootfall\.check_/.test(view.create));
  return new Map(
    asked
      .map(view => [view.name, parametersOf(view.create)] as const)
      .filter(([, parameters]) => parameters.size > 0),
  );
}

/** The name of the view that reads an asked one with its parameters. */
export function askOf(name: string): string {
  return `ask_${name}`;
}

/** The statement that creates an asked view: its parameters taken from the setting. */
export function createAsked(view: WrittenView): string {
  let out = '';
  let from = 0;
  for (const { at, end, name, type } of parameterPlaces(view.create)) {
    out += `${view.create.slice(from, at)}JSONExtract(getSetting('log_comment'), '${name}', ${quoted(type)})`;
    from = end;
  }
  return out + view.create.slice(from);
}

/** The statement that creates the view by which an asked one is read. */
export function createAsk(name: string): string {
  return `CREATE OR REPLACE VIEW footfall.${askOf(name)} AS\nSELECT * FROM (SELECT * FROM footfall.${name} SETTINGS log_comment = {asked:String})`;
}

/** SQL with its reads of asked views as they are to be. Errors: a read that leaves a parameter out, or names one that is none. */
export function withAskedReads(sql: string, asked: AskedViews): string {
  let out = '';
  let from = 0;
  for (let at = 0; at < sql.length; at = next(sql, at)) {
    const read = /\w|\./.test(sql[at - 1] ?? '') ? null : /^footfall\.(\w+)\(/.exec(sql.slice(at, at + 120));
    const name = read?.[1] ?? '';
    const parameters = asked.get(name);
    if (read === null || parameters === undefined) continue;
    const open = at + read[0].length - 1;
    const close = closing(sql, open);
    const given = argumentsOf(sql.slice(open + 1, close), name);
    for (const parameter of given.keys())
      if (!parameters.has(parameter)) throw new Error(`${name} has no parameter ${parameter}`);
    const values = [...parameters].map(([parameter]) => {
      const value = given.get(parameter);
      if (value === undefined) throw new Error(`${name} is read without ${parameter}`);
      return withAskedReads(value, asked);
    });
    const type = `Tuple(${[...parameters].map(([parameter, type]) => `${parameter} ${type}`).join(', ')})`;
    out += `${sql.slice(from, at)}footfall.${askOf(name)}(asked = toJSONString(CAST(tuple(${values.join(', ')}), ${quoted(type)})))`;
    from = close + 1;
    at = close;
  }
  return out + sql.slice(from);
}

function argumentsOf(list: string, name: string): Map<string, string> {
  const given = new Map<string, string>();
  for (const argument of parts(list)) {
    const [, parameter, value] = /^\s*(\w+)\s*=\s*([\s\S]*?)\s*$/.exec(argument) ?? [];
    if (parameter === undefined || value === undefined || given.has(parameter))
      throw new Error(`not an argument of ${name}: ${argument.trim()}`);
    given.set(parameter, value);
  }
  return given;
}

function parametersOf(sql: string): Map<string, string> {
  return new Map(parameterPlaces(sql).map(({ name, type }) => [name, type]));
}

function parameterPlaces(sql: string): Array<{ at: number; end: number; name: string; type: string }> {
  const places = [];
  for (let at = 0; at < sql.length; at = next(sql, at)) {
    const start = sql[at] === '{' ? /^\{(\w+):/.exec(sql.slice(at, at + 80)) : null;
    if (start === null) continue;
    const end = closing(sql, at) + 1;
    places.push({ at, end, name: start[1] ?? '', type: sql.slice(at + start[0].length, end - 1) });
  }
  return places;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

/** A list by its commas, those in brackets and strings aside. */
function parts(list: string): string[] {
  const found = [];
  let from = 0;
  for (let at = 0; at < list.length; at = next(list, at)) {
    if ('([{'.includes(list[at] ?? '')) at = closing(list, at);
    else if (list[at] === ',') {
      found.push(list.slice(from, at));
      from = at + 1;
    }
  }
  return [...found, list.slice(from)];
}

/** The place of the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at = next(text, at)) {
    if ('([{'.includes(text[at] ?? '')) depth++;
    else if (')]}'.includes(text[at] ?? '') && --depth === 0) return at;
  }
  throw new Error(`a bracket that is not closed: ${text.slice(open, open + 80)}`);
}

/** The place after the character at `at`, or after the string that begins there. */
function next(text: string, at: number): number {
  if (text[at] !== "'") return at + 1;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === "'") return end + 1;
  }
  throw new Error(`a string that is not closed: ${text.slice(at, at + 80)}`);
}
