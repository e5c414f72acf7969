// The page's whole state is its address, as Grafana writes it: /d/UID?from=now-30d&to=now&var-site=shop&refresh=30s

export interface Address {
  /** null: the first dashboard. */
  uid: string | null;
  console: boolean;
  from: string | null;
  to: string | null;
  refresh: string | null;
  variables: Record<string, string[]>;
  /** Of a link to one panel: its id. */
  panel: string | null;
  /** Of the console. */
  sql: string | null;
}

export function readAddress({ pathname, search }: { pathname: string; search: string }): Address {
  const query = new URLSearchParams(search);
  const variables: Record<string, string[]> = {};
  for (const [key, value] of query) {
    if (!key.startsWith('var-')) continue;
    const name = key.slice(4);
    variables[name] = [...(Object.hasOwn(variables, name) ? (variables[name] ?? []) : []), value];
  }
  const uid = /^\/d\/([^/]+)/.exec(pathname)?.[1];
  return {
    uid: uid === undefined ? null : decodeURIComponent(uid),
    console: pathname === '/console',
    from: query.get('from'),
    to: query.get('to'),
    refresh: query.get('refresh'),
    variables,
    panel: query.get('viewPanel'),
    sql: query.get('sql'),
  };
}

export function writeAddress(address: Address): string {
  const query = new URLSearchParams();
  for (const key of ['from', 'to', 'refresh'] as const) {
    const value = address[key];
    if (value !== null) query.set(key, value);
  }
  for (const [name, values] of Object.entries(address.variables))
    for (const value of values) query.append(`var-${name}`, value);
  if (address.console && address.sql !== null) query.set('sql', address.sql);
  const path = address.console
    ? '/console'
    : address.uid === null
      ? '/'
      : `/d/${encodeURIComponent(address.uid)}`;
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
