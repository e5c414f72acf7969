import { funnel } from './boards/funnel.ts';
import { overview } from './boards/overview.ts';
import type { Board } from './build.ts';

/** In the order in which people read them. */
export const BOARDS: readonly Board[] = [overview, funnel];
