export interface ExperimentFacts {
  id: string;
  /** Shares of the period; until null: still running. */
  from: number;
  until: number | null;
  /** The first is the control. */
  variations: readonly string[];
  weights: readonly number[];
  effects: readonly number[];
  /** The event that exposes. */
  at: 'view_item' | 'view_item_list';
  /** Share of each variation's people whose exposure is never logged. */
  loses: readonly number[];
}

/** Experiments, with what their variations do. */
export const experiments = {
  /** Times are shares of the period; a variation's effect multiplies the chance of a first order while exposed. */
  experiments: [
    {
      id: 'free_shipping_bar',
      from: 0.3,
      until: 0.75,
      variations: ['control', 'bar'],
      weights: [0.5, 0.5],
      effects: [1, 1.3],
      at: 'view_item',
      loses: [0, 0],
    },
    {
      id: 'one_page_checkout',
      from: 0.55,
      until: null,
      variations: ['control', 'one_page'],
      weights: [0.5, 0.5],
      effects: [1, 1],
      at: 'view_item',
      loses: [0, 0],
    },
    {
      id: 'infinite_scroll',
      from: 0.15,
      until: 0.5,
      variations: ['control', 'scroll'],
      weights: [0.5, 0.5],
      effects: [1, 0.75],
      at: 'view_item_list',
      loses: [0, 0],
    },
    // Broken: one in six people of the treatment is never logged (a script error).
    {
      id: 'new_ranking',
      from: 0.4,
      until: 0.9,
      variations: ['control', 'ranked'],
      weights: [0.5, 0.5],
      effects: [1, 1.1],
      at: 'view_item_list',
      loses: [0, 0.16],
    },
  ] satisfies ExperimentFacts[] as readonly ExperimentFacts[],
} as const;
