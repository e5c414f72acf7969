import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The page's files, by the path that they are served at. */
export type Page = Map<string, { type: string; body: Buffer }>;

/**
 * Bundles the page from its sources (tens of ms): so nothing is built beforehand and nothing built is kept in git.
 * Errors: esbuild's, where a source does not compile.
 */
export async function bundlePage(): Promise<Page> {
  const folder = fileURLToPath(new URL('./page/', import.meta.url));
  const built = await build({
    entryPoints: { app: `${folder}main.tsx` },
    bundle: true,
    minify: true,
    write: false,
    outdir: '/assets',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
    tsconfigRaw: {},
  });
  const page: Page = new Map();
  for (const file of built.outputFiles) {
    const style = file.path.endsWith('.css');
    page.set(style ? '/assets/app.css' : '/assets/app.js', {
      type: style ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      body: Buffer.from(file.contents),
    });
  }
  page.set('/', { type: 'text/html; charset=utf-8', body: await readFile(`${folder}index.html`) });
  page.set('/assets/theme.js', {
    type: 'text/javascript; charset=utf-8',
    body: await readFile(`${folder}theme.js`),
  });
  return page;
}
