/**
 * Random numbers that need no history: a stream is a pure function of a seed and a few whole numbers (who, what for, which
 * time), so any person's life, and any hour of the log, can be made again without what came before it.
 */

/** Uniform in [0, 1), 32 bits each. */
export type Stream = () => number;

/** A seed as two words. */
export interface Seed {
  readonly high: number;
  readonly low: number;
}

/** Any text, a number too, as a seed: two runs of FNV-1a with different starts, finished by murmur3's mixer. */
export function seedOf(text: string): Seed {
  let high = 0x811c9dc5;
  let low = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 15);
  }
  return { high: finish(high), low: finish(low) };
}

/** Murmur3's finalizer: every bit of the input moves every bit of the answer. */
function finish(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** What a stream is for: no two uses share one. */
export const PURPOSE = {
  person: 1,
  life: 2,
  visit: 3,
  order: 4,
  errand: 5,
  damage: 6,
  bot: 7,
  day: 8,
  assignment: 9,
  speed: 10,
  invitation: 11,
} as const;

/** 32 bits from a seed and three numbers; `who` may be negative or above 2^32. */
export function hash(seed: Seed, purpose: number, who: number, index: number): number {
  const high = Math.floor(who / 0x1_0000_0000);
  return finish(mix(mix(mix(mix(seed.high, seed.low), purpose), who | 0) ^ high, index));
}

/** sfc32 (Chris Doty-Humphrey's small fast counting generator, PractRand), started from the seed and three numbers. */
export function stream(seed: Seed, purpose: number, who: number, index: number): Stream {
  let a = hash(seed, purpose, who, index);
  let b = finish(a ^ seed.low ^ 0x9e3779b9);
  let c = finish(b ^ seed.high ^ Math.imul(index, 0x85ebca6b));
  let counter = 1;
  // A method, not a function with a name of its own: the loader would set the name anew for every stream.
  const { next } = {
    next(): number {
      const sum = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      return (sum >>> 0) / 0x1_0000_0000;
    },
  };
  for (let i = 0; i < 10; i++) next();
  return next;
}

/** A share in [0, 1) for one decision. */
export function share(seed: Seed, purpose: number, who: number, index: number): number {
  return (hash(seed, purpose, who, index) >>> 0) / 0x1_0000_0000;
}

export function whole(random: Stream, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** Mean 1. */
export function exponential(random: Stream): number {
  return -Math.log(1 - random());
}

/** Standard normal, by Box and Muller; the second value is thrown away so that a stream has no hidden state. */
export function normal(random: Stream): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function logNormal(random: Stream, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(random));
}

/** Gamma with rate 1, by Marsaglia and Tsang (2000); a shape below 1 by their boost. */
export function gamma(random: Stream, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

export function beta(random: Stream, a: number, b: number): number {
  const x = gamma(random, a);
  return x / (x + gamma(random, b));
}

/** Draws an index with probability proportional to its weight. */
export interface Picker {
  (random: Stream): number;
  /** The probability of each index. */
  readonly shares: readonly number[];
}

export function picker(weights: readonly number[]): Picker {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += (weights[i] ?? 0) / total;
    sums[i] = sum;
  }
  const last = weights.length - 1;
  const pick = (random: Stream): number => {
    const at = random();
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at < (sums[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return Object.assign(pick, { shares: weights.map(weight => weight / total) });
}
