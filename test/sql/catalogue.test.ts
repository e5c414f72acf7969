import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from '../support/catalogue.ts';

it('docs/views.md says what the comments in sql/ say (npm run -s docs:views)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/views.md'), 'utf8')).toBe(catalogue());
});
