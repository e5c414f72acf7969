import { expect, it } from 'vitest';
import { testRegistry } from './registry.ts';

it('keeps a schema under an id, as the Confluent API says', async () => {
  const { url } = await testRegistry();
  const schema = JSON.stringify({
    type: 'record',
    name: 'Visit',
    fields: [{ name: 'page', type: 'string' }],
  });
  const registered = await fetch(`${url}/subjects/support-test-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  const { id } = (await registered.json()) as { id: number };
  const found = (await (await fetch(`${url}/schemas/ids/${id}`)).json()) as { schema: string };
  expect(JSON.parse(found.schema)).toEqual(JSON.parse(schema));
  expect((await fetch(`${url}/schemas/ids/999999`)).status).toBe(404);
});
