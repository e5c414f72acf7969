import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { WIDTH } from '../../pipeline/readout/lines.ts';
import type { Readout } from '../../pipeline/readout/model.ts';
import { pageOf } from '../../pipeline/readout/page.ts';
import { textOf } from '../../pipeline/readout/text.ts';
import { HOSTILE, sampleReadout } from './readoutSample.ts';

const plain = (readout: Readout): string => textOf(readout, { colour: false });
const lines = (text: string): string[] => text.split('\n');
/** What stands at the top, before the first heading. */
const top = (readout: Readout): string =>
  plain(readout)
    .split(/\n\n(?=HEALTH|RESULTS)/)[0]
    ?.replace(/\s+/g, ' ') ?? '';

describe('the verdict in words', () => {
  it('says what to ship, by how much, and how sure that is', () => {
    expect(top(sampleReadout())).toBe(
      'free_shipping on shop: ended 14 Nov 2026; 13 whole days, 9,677 people SHIP BAR bar raises ordered, the share of people with a purchase, within 3 days of the exposure, from 6.41 % to 8.23 %: a lift of +28.4 %. With 95 % confidence the true lift is between +10.4 % and +46.4 %. The guardrail refunds shows no clear harm.',
    );
  });

  it('says why not to ship, and what became of the other variations', () => {
    const said = top(sampleReadout({ verdict: 'do not ship', reason: 'the guardrail refunds is worse' }));
    expect(said).toContain('DO NOT SHIP The guardrail refunds is worse.');
    expect(said).toContain('banner: no effect found, could have seen a lift of 26 %.');
    // Of two variations there is only one that it can be about.
    expect(
      top(
        sampleReadout({
          variations: ['control', 'bar'],
          verdict: 'do not ship',
          reason: 'the primary metric is worse',
        }),
      ),
    ).toContain('DO NOT SHIP BAR bar ');
  });

  it('does not call it no effect where one that matters could be neither shown nor ruled out', () => {
    const said = top(
      sampleReadout({ verdict: 'cannot tell', reason: 'the lift lies between -10 % and 46 %, and more' }),
    );
    expect(said).toContain('CANNOT TELL');
    expect(said).toContain(
      'With 95 % confidence the true lift is between +10.4 % and +46.4 %. A lift of 15 % would matter, and is neither shown nor ruled out. A lift of +26.0 % or more would probably have shown',
    );
  });

  it('says how long still to run, by the interval that may be read daily', () => {
    const said = top(
      sampleReadout({
        ended: false,
        verdict: 'keep running',
        reason: 'nothing certain yet; about 28 more days at this pace to see the smallest lift worth knowing',
      }),
    );
    expect(said).toContain(
      'KEEP RUNNING Nothing certain yet; about 28 more days at this pace to see the smallest lift worth knowing (15 %).',
    );
    expect(said).toContain('by the interval that may be read daily');
    expect(said).toContain('No end is planned.');
  });

  it('says first of all that a check fails, whatever the numbers look like', () => {
    const readout = sampleReadout({ failing: ['sample_ratio'], reason: 'sample_ratio (…)' });
    expect(top(readout)).toContain(
      'DO NOT READ THESE RESULTS A health check fails. Split between the variations: people exposed: control 4805, bar 4872.',
    );
    const text = plain(readout);
    expect(
      text.indexOf('FAILS  Split between the variations (p <0.0001, must be at least 0.001)'),
    ).toBeLessThan(text.indexOf('\nRESULTS  '));
    expect(text).not.toMatch(/→ (better|worse)/);
  });

  it('tells too little from a check that fails', () => {
    expect(
      top(
        sampleReadout({
          verdict: 'do not read',
          reason: 'too small: 31 people in an arm count, 100 are needed',
        }),
      ),
    ).toContain('Too small: 31 people in an arm count, 100 are needed.');
  });

  it('says what would have been seen where nothing was', () => {
    expect(
      top(sampleReadout({ verdict: 'no effect found', reason: 'could have seen a lift of 26 %' })),
    ).toContain('A lift of +26.0 % or more would probably have shown (four times of five)');
  });

  it('has words for an experiment in which nobody is yet', () => {
    const readout = sampleReadout({
      empty: true,
      ended: false,
      verdict: 'keep running',
      reason: 'only 0 people of the primary metric count in an arm; 100 are needed',
    });
    expect(top(readout)).toContain('KEEP RUNNING Only 0 people');
    expect(plain(readout)).toContain('cannot tell: nobody counts yet');
    expect(plain(readout)).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(pageOf(readout, { madeAt: new Date(0) })).not.toMatch(/NaN|undefined|\bnull\b|Infinity/);
  });

  it('says of one that has not begun when it will', () => {
    const readout = sampleReadout({
      empty: true,
      ended: false,
      verdict: 'keep running',
      reason: 'it has not begun',
    });
    readout.overview.status = 'planned';
    expect(top(readout)).toContain('NOT BEGUN YET It is to begin on 1 Nov 2026.');
  });
});

describe('the table', () => {
  it('aligns its numbers, shows CUPED beside, and how many do not count yet', () => {
    const text = plain(sampleReadout());
    const rows = lines(text).filter(line => /^ {2}(control|bar|banner) +\d/.test(line));
    expect(rows.length).toBe(9);
    const [title = ''] = lines(text).filter(line => /p any day/.test(line));
    // The end of each column of numbers is where its title ends.
    for (const column of ['people', 'mean', 'lift', '95 % interval', 'p adj.', 'p any day', 'to win']) {
      const end = title.indexOf(column) + column.length;
      for (const row of rows.filter(row => row.length >= end))
        expect(row[end] ?? ' ', `${column}: ${row}`).toBe(' ');
    }
    expect(text).toContain('with CUPED +27.4 % (+14.0 % … +42.8 %), 34.0 % less noise');
    expect(text).toContain('12,003 of 14,403 people count so far');
  });

  it('shows the difference where there is no lift', () => {
    const readout = sampleReadout();
    readout.results = readout.results.map(row =>
      row.metric === 'refunds' ? { ...row, lift: null, lift_low: null, lift_high: null } : row,
    );
    expect(plain(readout)).toMatch(/ {2}bar +4,801 +0\.00240 +\+0\.000400 +−0\.00340 … \+0\.00420/);
    expect(pageOf(readout, { madeAt: new Date(0) })).toContain('no lift: the control is at 0');
  });

  it('shows the difference where the lift has no spread: nobody in the variation did it', () => {
    const readout = sampleReadout();
    readout.results = readout.results.map(row =>
      row.metric === 'refunds' && !row.is_control
        ? { ...row, mean: 0, lift: -1, lift_low: -1, lift_high: -1 }
        : row,
    );
    expect(plain(readout)).toMatch(/−100\.0 % +−0\.00340 … \+0\.00420/);
  });

  it.each([
    ['plain names', {}],
    [
      'long names',
      {
        experiment: 'e'.repeat(150),
        variations: ['c'.repeat(60), 'v'.repeat(90)],
        metrics: ['m'.repeat(130), 'n', 'o'],
      },
    ],
    [
      'wide letters',
      {
        experiment: '免运费'.repeat(30),
        variations: ['对照组', '免运费横幅'.repeat(9)],
        metrics: ['下单率', '人均收入', '退款'],
        dimension: '手机'.repeat(40),
      },
    ],
    [
      'hostile names',
      {
        experiment: HOSTILE.experiment,
        variations: ['control', HOSTILE.variation],
        metrics: [HOSTILE.metric, 'b', 'c'],
        dimension: HOSTILE.dimension,
      },
    ],
  ])('keeps to 100 columns with %s', (_, options) => {
    for (const failing of [[], ['sample_ratio', 'multiple_variations', 'bots', 'missing_arms']])
      for (const line of lines(plain(sampleReadout({ ...options, failing }))))
        expect(stringWidth(line), line).toBeLessThanOrEqual(WIDTH);
  });

  it('lets no escape sequence of a name through, and uses none where it is not a terminal', () => {
    const readout = sampleReadout({
      experiment: 'a\u001b]0;title\u0007b\u001b[2Jc\nd',
      dimension: HOSTILE.dimension,
    });
    expect(plain(readout).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(textOf(readout, { colour: true })).toContain('\u001b[');
    expect(stripVTControlCharacters(textOf(readout, { colour: true }))).toBe(plain(readout));
  });
});

describe('the page as text', () => {
  const page = pageOf(
    sampleReadout({
      experiment: HOSTILE.experiment,
      variations: ['control', HOSTILE.variation],
      metrics: [HOSTILE.metric, 'b', 'c'],
      dimension: HOSTILE.dimension,
    }),
    { madeAt: new Date(Date.UTC(2026, 10, 22, 22, 30)) },
  );

  it('has one style and one script, its own, and no markup from data', () => {
    expect([...page.matchAll(/<style\b/g)].length).toBe(1);
    expect([...page.matchAll(/<script\b/g)].length).toBe(1);
    expect(page).not.toMatch(/<img|onerror=(?!alert\(1\)&gt;)|<svg onload/);
    expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;it&#39;s');
    expect(page.replaceAll(/[\t\n]/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it('names nothing outside itself', () => {
    expect(page).not.toMatch(/(src|href|action)="(?!data:)/);
    expect(page).not.toMatch(/url\(|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg)/);
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    );
  });

  it('is the same for the same data and time', () => {
    const madeAt = new Date(Date.UTC(2026, 10, 22));
    expect(pageOf(sampleReadout(), { madeAt })).toBe(pageOf(sampleReadout(), { madeAt }));
  });

  it('shows the SQL of every number', () => {
    for (const view of [
      'experiments_overview',
      'experiment_results',
      'experiment_health',
      'experiment_timeline',
      'experiment_segments',
    ])
      expect(page).toContain(`SELECT * FROM footfall.${view}(experiment = &#39;`);
  });
});
