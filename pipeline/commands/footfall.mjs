#!/usr/bin/env node
// The one entry of every command: TypeScript runs as it is written, so nothing needs building after `npm ci`.
import { register } from 'tsx/esm/api';

register();
const { run } = await import('./main.ts');
await run(process.argv.slice(2));
