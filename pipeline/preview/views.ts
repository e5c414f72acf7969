import { sqlFiles } from '../migrate/schema.ts';

/** A view as the console lists it: from the comments at the head of its file. */
export interface View {
  name: string;
  layer: 'marts' | 'base';
  grain: string;
  parameters: string;
  definition: string;
  /** A query that asks it, with values to start from. */
  call: string;
}

/** Values to start from, by a parameter's name; the page fills in site and days. */
const EXAMPLES: Record<string, string> = {
  site: '$site',
  since: '$since',
  until: '$until',
  as_of: '$as_of',
  steps: "['view_item', 'add_to_cart', 'begin_checkout', 'purchase']",
  within: '86400',
  step: '1',
  grain: "'day'",
  by: "''",
  kind: "'on'",
  start_event: "''",
  return_event: "''",
  event: "'purchase'",
  value: "'count'",
  depth: '3',
  days: '30',
  model: "'last'",
  lookback_days: '30',
  state: "'dropped'",
};

/** Every view that takes its arguments from an analyst, and the plain ones; what analysts ask first. */
export function viewCatalogue(): View[] {
  return (['marts', 'base'] as const).flatMap(layer =>
    sqlFiles(layer)
      .map(({ name, text }) => {
        const head = readHead(text);
        return { name, layer, ...head, call: exampleCall(name, text, head.parameters) };
      })
      .sort((a, b) => a.name.localeCompare(b.name)),
  );
}

function readHead(text: string): { grain: string; parameters: string; definition: string } {
  const parts = { Grain: '', Parameters: '', Definition: '' };
  let part: keyof typeof parts | null = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith('--')) break;
    const label = /^-- ([A-Z][a-z]+): (.*)$/.exec(line);
    if (label !== null) {
      const [, name = '', rest = ''] = label;
      part = name in parts ? (name as keyof typeof parts) : null;
      if (part !== null) parts[part] = rest;
    } else if (part !== null) parts[part] += ` ${line.replace(/^--\s*/, '')}`;
  }
  return { grain: parts.Grain, parameters: parts.Parameters, definition: parts.Definition };
}

/** The parameters in the order in which the head names them. */
function exampleCall(name: string, text: string, head: string): string {
  const code = text.replace(/^--.*$/gm, '');
  const types = new Map<string, string>();
  for (const [, parameter = '', type = ''] of code.matchAll(/\{(\w+):([^}]+)\}/g))
    if (!types.has(parameter)) types.set(parameter, type);
  if (types.size === 0) return `SELECT * FROM ${name}`;
  const placeOf = (parameter: string): number => head.search(new RegExp(`\\b${parameter}\\b`));
  const inOrder = [...types].sort(([a], [b]) => placeOf(a) - placeOf(b));
  const values = inOrder.map(([parameter, type]) => `${parameter} = ${exampleValue(parameter, type)}`);
  return `SELECT * FROM ${name}(${values.join(', ')})`;
}

function exampleValue(parameter: string, type: string): string {
  const known = EXAMPLES[parameter];
  if (known !== undefined && !(parameter === 'since' && !type.startsWith('Date'))) return known;
  if (type.startsWith('Array')) return '[]';
  return /^(U?Int|Float)/.test(type) ? '1' : "''";
}
