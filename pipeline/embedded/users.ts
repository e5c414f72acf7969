import { createHash, timingSafeEqual } from 'node:crypto';
import { exception } from './errors.ts';

export type UserName = 'default' | 'reader';

/** null: none needed. */
export type Passwords = Record<UserName, string | null>;

/** Most a `reader` may ask of one query; the engine holds it to them (see `usersXml`). */
export const READER_LIMITS = {
  max_execution_time: 60,
  max_result_rows: 1_000_000,
  max_memory_usage: 4_000_000_000,
} as const;

/** A reader cannot change how its text is parsed: it was judged by the ordinary parser. */
const READER_FIXED_SETTINGS = new Set([
  'dialect',
  'implicit_select',
  'allow_settings_after_format_in_insert',
]);

/**
 * The engine knows one user, who owns two roles; a reader's connection takes off the greater before anything else.
 * So the engine itself checks every right, also in views, dictionaries and table functions.
 * What ClickHouse shows to everyone (system.tables, system.settings, the texts of running queries) a reader sees too.
 * Nobody reads or writes files by SQL: the embedded engine's idea of 'user files' is the whole disk.
 */
export function usersXml(): string {
  const limits = Object.entries(READER_LIMITS);
  return `<clickhouse>
  <profiles>
    <default><readonly>0</readonly></default>
    <reader>
      <readonly>2</readonly>
      <constraints>
        ${limits.map(([name, most]) => `<${name}><min>1</min><max>${most}</max></${name}>`).join('\n        ')}
      </constraints>
    </reader>
  </profiles>
  <quotas><default/></quotas>
  <roles>
    <admin>
      <grants>
        <query>GRANT ALL ON *.* WITH GRANT OPTION</query>
        <query>REVOKE READ, WRITE ON FILE</query>
        <query>REVOKE TABLE ENGINE ON File</query>
      </grants>
    </admin>
    <reader>
      <grants>
        <query>GRANT SELECT, SHOW, dictGet ON *.*</query>
      </grants>
    </reader>
  </roles>
  <users>
    <default>
      <password></password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT admin</query><query>GRANT reader</query></grants>
    </default>
  </users>
</clickhouse>
`;
}

/** Settings that a connection of this user is opened with. */
export function connectionArgs(user: UserName, readonly: boolean): string[] {
  if (user === 'reader')
    return ['--readonly=2', ...Object.entries(READER_LIMITS).map(([k, v]) => `--${k}=${v}`)];
  return readonly ? ['--readonly=2'] : [];
}

/** Statements that make a fresh connection this user's. */
export function becomeUser(user: UserName): string[] {
  return user === 'reader' ? ['SET ROLE reader', "SET profile = 'reader'"] : [];
}

/** Errors: a setting that this user may not touch. The engine refuses the rest by itself. */
export function checkSetting(user: UserName, name: string): void {
  if (user === 'reader' && READER_FIXED_SETTINGS.has(name)) {
    throw exception(452, 'SETTING_CONSTRAINT_VIOLATION', `Setting ${name} should not be changed`);
  }
}

/** Errors: 194 where a password is needed and none came, 516 where it is wrong or the user unknown. */
export function authenticate(passwords: Passwords, name: string, password: string, given: boolean): UserName {
  const known = name === 'default' || name === 'reader' ? name : null;
  const expected = known === null ? null : passwords[known];
  if (known !== null && (expected === null ? password === '' : sameSecret(password, expected))) return known;
  if (known !== null && !given) {
    throw exception(194, 'REQUIRED_PASSWORD', `${name}: Authentication failed: password is required`);
  }
  throw exception(
    516,
    'AUTHENTICATION_FAILED',
    `${name}: Authentication failed: password is incorrect, or there is no user with such name`,
  );
}

/** Compares in a time that does not tell how much of it was right. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
