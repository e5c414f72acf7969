import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What the page needs of a dashboard before it is opened; the rest goes to it as it stands. */
const HEAD = z.object({ uid: z.string().min(1), title: z.string().min(1) });

export interface Dashboard {
  uid: string;
  title: string;
  /** The file's text: Grafana's own JSON. */
  text: string;
}

/**
 * The dashboards of a folder, in the order of their files' names. Read anew each time: they are small, and whoever
 * edits one wants to see it.
 * Errors: a file that is no dashboard, by its name.
 */
export async function readDashboards(folder: string): Promise<Dashboard[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.json')).sort();
  return await Promise.all(
    files.map(async name => {
      const text = await readFile(join(folder, name), 'utf8');
      try {
        return { ...HEAD.parse(JSON.parse(text)), text };
      } catch (error) {
        throw new Error(`${join(folder, name)} is no dashboard`, { cause: error });
      }
    }),
  );
}
