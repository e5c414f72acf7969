import { acquisition } from './boards/acquisition.ts';
import { customers } from './boards/customers.ts';
import { experiments } from './boards/experiments.ts';
import { funnel } from './boards/funnel.ts';
import { lifecycle } from './boards/lifecycle.ts';
import { overview } from './boards/overview.ts';
import { pages } from './boards/pages.ts';
import { pipeline } from './boards/pipeline.ts';
import { products } from './boards/products.ts';
import { realtime } from './boards/realtime.ts';
import { retention } from './boards/retention.ts';
import { voice } from './boards/voice.ts';
import type { Board } from './build.ts';

/** In the order in which people read them. */
export const BOARDS: readonly Board[] = [
  overview,
  realtime,
  funnel,
  retention,
  lifecycle,
  customers,
  acquisition,
  products,
  pages,
  voice,
  experiments,
  pipeline,
];
