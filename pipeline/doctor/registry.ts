import type { Settings } from '../settings.ts';
import { reasonOf, type Tell } from './finding.ts';

const TIMEOUT_MS = 10_000;

/** Whether the schema registry answers as one. */
export async function checkRegistry(settings: Settings, tell: Tell): Promise<void> {
  const check = 'schema registry';
  const {
    SCHEMA_REGISTRY_URL: url,
    SCHEMA_REGISTRY_USER: user,
    SCHEMA_REGISTRY_PASSWORD: password,
  } = settings;
  if (url === undefined) {
    tell({ check, status: 'fail', found: 'SCHEMA_REGISTRY_URL is not set', todo: 'set its URL, or none' });
    return;
  }
  if (url === 'none') {
    tell({ check, status: 'ok', found: 'none: records are in single-object encoding', todo: '' });
    return;
  }
  const todo =
    'is it running, is the URL the base of its Confluent API (Apicurio: …/apis/ccompat/v7), are user and password right?';
  const headers: Record<string, string> =
    user === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}/subjects`, {
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const subjects: unknown = answer.ok ? await answer.json() : null;
    tell(
      Array.isArray(subjects)
        ? { check, status: 'ok', found: `${url}, ${subjects.length} subjects`, todo: '' }
        : { check, status: 'fail', found: `${url} answers ${answer.status}, not as a registry`, todo },
    );
  } catch (error) {
    tell({ check, status: 'fail', found: `${url}: ${reasonOf(error)}`, todo });
  }
}
