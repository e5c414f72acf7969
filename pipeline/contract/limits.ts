/** The limits of the laws: every buffer, batch and retry has one. Each is a setting; units stand last in the names. */
export interface PipelineLimits {
  /** What may leave memory: sessions that ended this long before the watermark. At least the gap + 2 h. */
  horizonMs: number;
  /** Sessions held in memory, a partition. */
  sessionsMax: number;
  /** Page views of the sessions held in memory, a partition. */
  pageViewsMax: number;
  /** Ids of events held in memory, a partition (16 to 32 bytes each). */
  eventIdsMax: number;
  /** Sites that events may name; those of further sites are rejected. */
  sitesMax: number;
}

export const DEFAULT_LIMITS: PipelineLimits = {
  horizonMs: 3 * 3_600_000,
  sessionsMax: 500_000,
  pageViewsMax: 4_000_000,
  eventIdsMax: 8_000_000,
  sitesMax: 1_000,
};
