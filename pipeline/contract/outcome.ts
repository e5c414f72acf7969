/** Why a record was rejected: the closed list, in the order in which it is asked. Also a label of the metrics. */
export const REJECT_REASONS = [
  'empty',
  'oversized',
  'unframed',
  'unknown_schema',
  'undecodable',
  'bad_id',
  'bad_name',
  'bad_time',
  'future',
  'bad_money',
  'too_large',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** What becomes of a record: exactly one of these. */
export const OUTCOMES = ['accepted', 'duplicate', 'unconsented', 'erased', 'rejected'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Rejection {
  reason: RejectReason;
  /** For people: what was found and what it may be. */
  detail: string;
}
