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
  since: [
    ["'2026-11-04'", /since 2026-11-04 is after until 2026-11-03/],
    ["'2016-01-01'", /since and until are more than 3660 days apart/],
  ],
  until: [["'2026-10-31'", /since 2026-11-01 is after until 2026-10-31/]],
  person: [
    ["'v1'", /person is 'v1'; give u: and an account, or v: and a visitor/],
    ["''", /person is ''; give u:/],
  ],
  grain: [["'fortnight'", /unknown grain 'fortnight'; grains: .*day/]],
  by: [
    ["'colour'", /unknown dimension 'colour'; dimensions: .*channel/],
    ["'segment:'", /unknown segment ''; segments: active/],
    ["'segment:!nobodies'", /unknown segment 'nobodies'; segments: active, .*vip/],
    ["'variation:none'", /unknown experiment 'none'; experiments: /],
    ["'profile:none'", /unknown profile key 'none'; keys: /],
  ],
  event: [["'View Item'", /not an event name: 'View Item'; names are 1 to 40 of a-z/]],
  start_event: [["'View Item'", /not an event name: 'View Item'/]],
  return_event: [["'purchase|'", /not an event name: 'purchase\|'/]],
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

/** What is wrong only together: a view, its values, and what the message must say. */
const TOGETHER: Array<[view: string, values: Record<string, string>, message: RegExp]> = [
  ['paths', { start: "'/a'", end: "'/b'" }, /give start or end, not both/],
  ['retention', { grain: "'24h'", kind: "'on_or_after'" }, /grain 24h goes with kind on/],
  ['trend', { event: "'view_item'", value: "'revenue'" }, /value revenue goes with event purchase/],
];

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

/** A view's parameters, all right. */
function rightOf(file: { name: string; text: string }): Record<string, string> {
  const code = file.text.replace(/^\s*--.*$/gm, '');
  const names = [...new Set([...code.matchAll(/\{(\w+):/g)].map(match => match[1] ?? ''))];
  return Object.fromEntries(
    names.map(name => {
      const value = RIGHT_OF[file.name]?.[name] ?? RIGHT[name];
      if (value === undefined) throw new Error(`no right value for ${name} of ${file.name}: add one here`);
      return [name, value];
    }),
  );
}

it.each(TOGETHER)('%s says what is right of %o', (view, values, message) => {
  const file = sqlFiles('marts').find(({ name }) => name === view);
  if (file === undefined) throw new Error(`no view ${view}`);
  expect(() => warehouse.rows(call(view, { ...rightOf(file), ...values }))).toThrow(message);
});

describe.each(sqlFiles('marts').filter(file => !file.name.startsWith('experiment')))('$name', file => {
  const right = rightOf(file);

  it('answers on an empty site', () => {
    expect(() => warehouse.rows(call(file.name, right))).not.toThrow();
  });

  const wrong = Object.keys(right).flatMap(name =>
    (WRONG[name] ?? []).map(([value, message]) => [name, value, message] as const),
  );
  it.each(wrong)('says what is right when %s is %s', (name, value, message) => {
    expect(() => warehouse.rows(call(file.name, { ...right, [name]: value }))).toThrow(message);
  });
});
