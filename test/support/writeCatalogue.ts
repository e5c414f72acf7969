import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from './catalogue.ts';

const docs = join(import.meta.dirname, '../../docs');
mkdirSync(docs, { recursive: true });
writeFileSync(join(docs, 'views.md'), catalogue());
