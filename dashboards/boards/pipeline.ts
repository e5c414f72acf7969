import type { Board } from '../build.ts';
import { PERIOD, SITE, site } from '../variables.ts';

const DAYS = { since: 'toDate($__fromTime)', until: 'toDate($__toTime)' };
const hours = {
  as: 'time',
  view: 'conservation',
  args: DAYS,
  time: 'hour',
  columns: {
    accepted: { kind: 'count', colour: '#0072B2' },
    duplicate: { kind: 'count', colour: '#56B4E9' },
    unconsented: { kind: 'count', colour: '#E69F00' },
    erased: { kind: 'count', colour: '#999999' },
    rejected: { kind: 'count', colour: '#D55E00' },
    residual: {
      kind: 'count',
      thresholds: [
        [null, 'bad'],
        [0, 'good'],
        [1, 'bad'],
      ],
    },
  },
  series: "concat(topic, ' ', toString(partition))",
  width: 12,
  height: 8,
} as const;

export const pipeline: Board = {
  name: 'pipeline',
  title: 'Pipeline health',
  description: 'Whether everything that was sent is here, how fresh it is, and what was turned away.',
  from: 'now-24h',
  refresh: '30s',
  variables: [site],
  sections: [
    {
      title: 'Is everything here?',
      panels: [
        {
          as: 'table',
          view: 'freshness',
          title: 'How far behind is each partition?',
          columns: {
            topic: 'text',
            partition: 'count',
            position: 'count',
            log_end: 'count',
            lag: {
              kind: 'count',
              cell: 'colour',
              thresholds: [
                [null, 'good'],
                [10_000, 'watch'],
                [100_000, 'bad'],
              ],
            },
            watermark: 'moment',
            as_of: { kind: 'moment', label: 'answers are whole up to' },
            seconds_behind: {
              kind: 'seconds',
              cell: 'colour',
              thresholds: [
                [null, 'good'],
                [300, 'watch'],
                [900, 'bad'],
              ],
            },
          },
          where: 'live',
          orderBy: 'seconds_behind DESC NULLS FIRST, topic, partition',
          width: 24,
          height: 5,
          next: ['What is happening now?', 'realtime'],
        },
        {
          ...hours,
          title: 'Was anything lost or invented?',
          note: 'Consumed less what became of it, by hour of arrival: 0 always.',
          show: ['residual'],
        },
        { ...hours, title: 'How much is read in each hour?', show: ['accepted'], draw: 'stack' },
        { ...hours, title: 'How much comes twice?', show: ['duplicate'], draw: 'stack' },
        {
          ...hours,
          title: 'How much is rejected?',
          show: ['rejected'],
          draw: 'stack',
        },
      ],
    },
    {
      title: 'How good is it?',
      panels: [
        {
          as: 'table',
          view: 'data_quality',
          args: PERIOD,
          title: 'What is rejected, left empty or out of order?',
          columns: {
            check: 'text',
            name: 'text',
            platform: 'text',
            records: { kind: 'count', cell: 'gauge' },
            of: 'count',
            share: 'rate',
          },
          orderBy: 'check, records DESC, name, platform',
          limit: 500,
          unknown: '–',
          width: 14,
          height: 11,
          next: ['What of it is read?', 'overview'],
        },
        {
          as: 'table',
          view: 'privacy',
          args: { site: SITE },
          title: 'Who consents, and who asked to be forgotten?',
          columns: {
            month: 'day',
            analytics_consent_rate: { kind: 'rate', label: 'consent to analytics' },
            ads_consent_rate: { kind: 'rate', label: 'consent to ads' },
            erasures_asked: 'count',
            erasures_done: 'count',
            receipts: {
              kind: 'text',
              sql: "arrayStringConcat(arrayMap(x -> toString(x), privacy.receipts), ', ')",
            },
          },
          orderBy: 'month DESC',
          unknown: '–',
          width: 10,
          height: 11,
          next: ['Who can still be told apart?', 'customers'],
        },
      ],
    },
    {
      title: 'The running workers',
      panels: [
        {
          as: 'prometheus',
          title: 'How many records wait?',
          note: 'Log end less position, of each partition.',
          queries: [
            { expr: 'max by (topic, partition) (footfall_lag_records)', legend: '{{topic}} {{partition}}' },
          ],
          kind: 'count',
          thresholds: [
            [null, 'good'],
            [100_000, 'bad'],
          ],
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'How long ago did the last written record arrive?',
          queries: [
            {
              expr: 'max by (topic, partition) (footfall_behind_seconds)',
              legend: '{{topic}} {{partition}}',
            },
          ],
          kind: 'seconds',
          thresholds: [
            [null, 'good'],
            [300, 'bad'],
          ],
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'How many records are missing at the last flush?',
          note: 'Read less accepted, duplicate, unconsented, erased and rejected, of each partition since its worker began it: 0 always; below 0 there are too many.',
          queries: [
            {
              expr: 'max by (topic, partition) (footfall_residual_records)',
              legend: '{{topic}} {{partition}}',
            },
          ],
          kind: 'count',
          thresholds: [
            [null, 'bad'],
            [0, 'good'],
            [1, 'bad'],
          ],
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'How many records a second, and what becomes of them?',
          queries: [
            {
              expr: 'sum by (outcome) (rate(footfall_records_total[$__rate_interval]))',
              legend: '{{outcome}}',
            },
          ],
          kind: 'number',
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'Why are records rejected?',
          queries: [
            {
              expr: 'sum by (reason) (rate(footfall_records_total{outcome="rejected"}[$__rate_interval]))',
              legend: '{{reason}}',
            },
          ],
          kind: 'number',
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'How long does a flush take?',
          note: 'From taking it to its position; half are below the first line, all but one in a hundred below the second.',
          queries: [
            {
              expr: 'histogram_quantile(0.5, sum by (le) (rate(footfall_flush_seconds_bucket[$__rate_interval])))',
              legend: 'half',
            },
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(footfall_flush_seconds_bucket[$__rate_interval])))',
              legend: '99 of 100',
            },
          ],
          kind: 'seconds',
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'Are inserts tried again, or flushes failing?',
          queries: [
            {
              expr: 'sum by (table) (increase(footfall_insert_retries_total[$__rate_interval]))',
              legend: 'again: {{table}}',
            },
            {
              expr: 'sum by (topic) (increase(footfall_flush_failures_total[$__rate_interval]))',
              legend: 'failed: {{topic}}',
            },
          ],
          kind: 'count',
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'How full are the buffers and the memory of sessions?',
          queries: [
            {
              expr: 'sum by (instance) (footfall_buffer_bytes) / max by (instance) (footfall_buffer_bytes_max)',
              legend: 'bytes {{instance}}',
            },
            {
              expr: 'max by (instance) (footfall_sessions_held) / max by (instance) (footfall_sessions_held_max)',
              legend: 'sessions {{instance}}',
            },
          ],
          kind: 'rate',
          thresholds: [
            [null, 'good'],
            [0.8, 'watch'],
            [1, 'bad'],
          ],
          width: 12,
          height: 8,
        },
        {
          as: 'prometheus',
          title: 'How often is ClickHouse asked about late events?',
          queries: [
            { expr: 'sum by (kind) (rate(footfall_lookups_total[$__rate_interval]))', legend: '{{kind}}' },
          ],
          kind: 'number',
          width: 12,
          height: 8,
        },
      ],
    },
  ],
};
