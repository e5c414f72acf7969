import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWarehouse, sqlFiles, type Warehouse } from '../support/warehouse.ts';

/** A right value of each parameter, as SQL. */
const RIGHT: Record<string, string> = {
  site: "'shop'",
  since: "'2026-11-01'",
  until: "'2026-11-03'",
  as_of: "'2026-11-03 00:00:00.000'",
  grain: "'day'",
  by: "'channel'",
  event: "'page_view'",
  value: "''",
  start: "''",
  end: "''",
  depth: '3',
  goal: "''",
  person: "'v:v1'",
  steps: "['view_item', 'purchase']",
  within: '86400',
  mode: "''",
  step: '1',
  state: "'reached'",
  kind: "'on'",
  start_event: "''",
  return_event: "''",
  model: "'linear'",
  lookback_days: '30',
};

/** Right values where a parameter has another unit than elsewhere: days here. */
const RIGHT_OF: Record<string, Record<string, string>> = { repurchase: { within: '90' } };

/** Wrong values of each parameter, and what the message must say. */
const WRONG: Record<string, Array<[value: string, message: RegExp]>> = {
  site: [["'shap'", /unknown site 'shap'; sites: .*shop/]],
  since: [["'2026-11-04'", /since 2026-11-04 is after until 2026-11-03/]],
  grain: [["'fortnight'", /unknown grain 'fortnight'; grains: .*day/]],
  by: [
    ["'colour'", /unknown dimension 'colour'; dimensions: .*channel/],
    ["'segment:'", /unknown segment ''; segments: active/],
    ["'segment:!nobodies'", /unknown segment 'nobodies'; segments: active, .*vip/],
    ["'variation:none'", /unknown experiment 'none'; experiments: /],
    ["'profile:none'", /unknown profile key 'none'; keys: /],
  ],
  mode: [["'strict'", /unknown mode 'strict'; modes: .*strict_order/]],
  steps: [
    ['[]', /no steps/],
    [`[${"'page_view', ".repeat(12)}'purchase']`, /13 steps: give 1 to 12/],
    ["['View Item', 'purchase']", /malformed step 'View Item'/],
    ["['view_item:colour', 'purchase']", /malformed step 'view_item:colour'/],
    ["['view_item', 'purchase?']", /first and the last step cannot be optional/],
  ],
  within: [
    ['0', /within is 0; give 1 to/],
    ['5000000000', /within is 5000000000; give 1 to/],
  ],
  step: [
    ['0', /step is 0; give 1 to 2/],
    ['3', /step is 3; give 1 to 2/],
  ],
  state: [["'lost'", /unknown state 'lost'; states: reached/]],
  kind: [["'rolling'", /unknown kind 'rolling'; kinds: on, on_or_after, recurring/]],
  depth: [
    ['0', /depth is 0; give 1 to/],
    ['4294967297', /depth is 4294967297; give 1 to/],
  ],
  goal: [["'won'", /unknown goal 'won'; goals: .*converted/]],
  model: [["'best'", /unknown model 'best'; models: .*markov/]],
  lookback_days: [
    ['0', /lookback_days is 0; give 1 to 365/],
    ['366', /lookback_days is 366; give 1 to 365/],
  ],
  value: [["'weight'", /unknown value 'weight'; values: .*engagement_time_ms/]],
};

/** Where a parameter has another meaning than elsewhere. */
const SPECIAL: Record<string, Record<string, Array<[string, RegExp]>>> = {};

let warehouse: Warehouse;
beforeAll(() => {
  warehouse = openWarehouse();
  warehouse.run("INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Europe/Berlin')");
  warehouse.run('SYSTEM RELOAD DICTIONARY footfall.site_facts');
});
afterAll(() => warehouse.close());

function call(view: string, values: Record<string, string>): string {
  const list = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
  return `SELECT * FROM footfall.${view}${list.length === 0 ? '' : `(${list.join(', ')})`}`;
}

describe.each(sqlFiles('marts').filter(file => !file.name.startsWith('experiment')))('$name', file => {
  const code = file.text.replace(/^\s*--.*$/gm, '');
  const names = [...new Set([...code.matchAll(/\{(\w+):/g)].map(match => match[1] ?? ''))];
  const right = Object.fromEntries(
    names.map(name => {
      const value = RIGHT_OF[file.name]?.[name] ?? RIGHT[name];
      if (value === undefined) throw new Error(`no right value for ${name} of ${file.name}: add one here`);
      return [name, value];
    }),
  );

  it('answers on an empty site', () => {
    expect(() => warehouse.rows(call(file.name, right))).not.toThrow();
  });

  const wrong = names.flatMap(name =>
    (SPECIAL[file.name]?.[name] ?? WRONG[name] ?? []).map(
      ([value, message]) => [name, value, message] as const,
    ),
  );
  it.each(wrong)('says what is right when %s is %s', (name, value, message) => {
    expect(() => warehouse.rows(call(file.name, { ...right, [name]: value }))).toThrow(message);
  });
});
