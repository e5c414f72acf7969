import { afterAll } from 'vitest';
import { migrateDatabase } from '../../pipeline/migrate.ts';
import { createClickHouseStore } from '../../pipeline/sink/clickhouse.ts';
import { startTestClickHouse, type TestClickHouse } from '../support/clickhouse.ts';
import { storeContract } from './store.contract.ts';

let clickhouse: TestClickHouse | undefined;
afterAll(() => clickhouse?.stop());

storeContract('ClickHouse', async () => {
  clickhouse = await startTestClickHouse();
  const client = clickhouse.client();
  await migrateDatabase({ client, database: 'footfall' });
  return createClickHouseStore({ client, database: 'footfall' });
});
