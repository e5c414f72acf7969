import { exponential, logNormal, type Picker, picker, type Stream, seedOf, stream, whole } from './random.ts';

/** One thing for sale. Prices and costs in cents of a euro; the catalogue is the same for every seed. */
export interface Product {
  index: number;
  id: string;
  name: string;
  brand: string;
  category: string;
  variant: string;
  cents: number;
  costCents: number;
  /** Weight among the products of its category. */
  popularity: number;
}

export interface Category {
  id: string;
  name: string;
  products: readonly Product[];
  pick: Picker;
  /** Ascending in price. */
  byPrice: readonly Product[];
}

interface CategoryFacts {
  name: string;
  nouns: readonly string[];
  medianEuros: number;
  margin: number;
}

const CATEGORIES: readonly CategoryFacts[] = [
  {
    name: 'Boots',
    nouns: ['Trekking Boot', 'Trail Shoe', 'Approach Shoe', 'Winter Boot', 'Sandal'],
    medianEuros: 68,
    margin: 0.42,
  },
  {
    name: 'Jackets',
    nouns: ['Rain Jacket', 'Down Jacket', 'Fleece', 'Softshell', 'Wind Shirt'],
    medianEuros: 62,
    margin: 0.48,
  },
  {
    name: 'Backpacks',
    nouns: ['Daypack', 'Trekking Pack', 'Duffel', 'Hip Bag', 'Dry Bag'],
    medianEuros: 48,
    margin: 0.4,
  },
  {
    name: 'Tents',
    nouns: ['Two-Person Tent', 'Tarp', 'Family Tent', 'Footprint', 'Hammock'],
    medianEuros: 92,
    margin: 0.3,
  },
  {
    name: 'Cooking',
    nouns: ['Gas Stove', 'Pot Set', 'Mug', 'Spork', 'Food Box'],
    medianEuros: 19,
    margin: 0.5,
  },
  {
    name: 'Kids',
    nouns: ['Kids Boot', 'Kids Jacket', 'Child Carrier', 'Kids Pack', 'Sun Hat'],
    medianEuros: 31,
    margin: 0.45,
  },
  {
    name: 'Accessories',
    nouns: ['Merino Socks', 'Cap', 'Gloves', 'Belt', 'Gaiters'],
    medianEuros: 14,
    margin: 0.55,
  },
  {
    name: 'Lighting',
    nouns: ['Head Torch', 'Lantern', 'Power Bank', 'Light String', 'Bike Light'],
    medianEuros: 26,
    margin: 0.38,
  },
];

const BRANDS = [
  'Fernweh',
  'Kvist',
  'Alder & Ash',
  'Northmark',
  'Tundra',
  'Ridgeline',
  'Petrel',
  'Hollow Pine',
];
const NAMES = [
  'Lyng',
  'Sarek',
  'Tarn',
  'Isfjord',
  'Cairn',
  'Moss',
  'Drift',
  'Ember',
  'Skua',
  'Birk',
  'Rime',
  'Loam',
];
const VARIANTS = ['black', 'forest', 'sand', 'slate', 'ochre'];

/** By which products and baskets are made: with SHOP and SITES all parameters of the model. */
export const CATALOGUE = {
  categories: CATEGORIES,
  productsACategory: 36,
  /** Euros: log-normal around the category's median, at least; most prices end five cents lower. */
  priceSigma: 0.65,
  priceLeast: 3,
  fiveCentsLower: 0.8,
  /** Margins stray from the category's by half of the spread either way, within bounds. */
  marginSpread: 0.12,
  margins: [0.08, 0.75],
  /** Weight of the product at a rank: 1 / (rank + offset) ^ exponent. */
  popularity: { offset: 2.5, exponent: 0.9 },
  /** Lines of a basket at most, and what part of what is left each takes: the first, and the later ones. */
  basket: { lines: 6, first: [0.55, 1], later: [0.6, 1] },
} as const;

const seed = seedOf('catalogue');

function productsOf(facts: CategoryFacts, category: number): Product[] {
  const random = stream(seed, 0, category, 0);
  const { productsACategory, margins, popularity } = CATALOGUE;
  return Array.from({ length: productsACategory }, (_, rank) => {
    const noun = facts.nouns[rank % facts.nouns.length] ?? '';
    const euros = Math.max(
      CATALOGUE.priceLeast,
      Math.round(logNormal(random, facts.medianEuros, CATALOGUE.priceSigma)),
    );
    const strayed = facts.margin + CATALOGUE.marginSpread * (random() - 0.5);
    const margin = Math.min(margins[1], Math.max(margins[0], strayed));
    const cents = euros * 100 - (random() < CATALOGUE.fiveCentsLower ? 5 : 0);
    const index = category * productsACategory + rank;
    return {
      index,
      id: `FW-${String(1000 + index)}`,
      name: `${NAMES[whole(random, 0, NAMES.length - 1)]} ${noun}`,
      brand: BRANDS[Math.floor(exponential(random) * 3) % BRANDS.length] ?? '',
      category: facts.name,
      variant: VARIANTS[whole(random, 0, VARIANTS.length - 1)] ?? '',
      cents,
      costCents: Math.round(cents * (1 - margin)),
      popularity: 1 / (rank + popularity.offset) ** popularity.exponent,
    };
  });
}

export const categories: readonly Category[] = CATEGORIES.map((facts, category) => {
  const products = productsOf(facts, category);
  return {
    id: facts.name.toLowerCase(),
    name: facts.name,
    products,
    pick: picker(products.map(product => product.popularity)),
    byPrice: [...products].sort((a, b) => a.cents - b.cents || a.index - b.index),
  };
});

export const products: readonly Product[] = categories.flatMap(category => category.products);
const allByPrice = [...products].sort((a, b) => a.cents - b.cents || a.index - b.index);

/** The product whose price is nearest, of a few nearest one by chance, so that not one product takes all. */
export function nearestInPrice(
  random: Stream,
  among: readonly Product[],
  cents: number,
  spread: number,
): Product {
  let low = 0;
  let high = among.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((among[middle] as Product).cents < cents) low = middle + 1;
    else high = middle;
  }
  const below = among[low - 1];
  if (below !== undefined && cents - below.cents < (among[low] as Product).cents - cents) low--;
  const at = Math.min(among.length - 1, Math.max(0, low + whole(random, -spread, spread)));
  return among[at] as Product;
}

export interface Line {
  product: Product;
  quantity: number;
}

/**
 * Goods whose list prices add up to about `cents`, most of them from one category: a main article of most of the amount,
 * then smaller ones until what is left is less than half of the cheapest. At most six lines.
 */
export function basketOf(random: Stream, cents: number, category: Category): Line[] {
  const lines: Line[] = [];
  let left = cents;
  const cheapest = (allByPrice[0] as Product).cents;
  const { basket } = CATALOGUE;
  for (let i = 0; i < basket.lines && left >= cheapest / 2; i++) {
    const [least, most] = i === 0 ? basket.first : basket.later;
    const part = i === basket.lines - 1 ? 1 : least + (most - least) * random();
    let product = nearestInPrice(
      random,
      i === 0 ? category.byPrice : allByPrice,
      left * part,
      i === 0 ? 1 : 0,
    );
    // Not everything is cheap enough in every category.
    if (product.cents > left) product = nearestInPrice(random, allByPrice, left, 0);
    const same = lines.find(line => line.product === product);
    if (same === undefined) lines.push({ product, quantity: 1 });
    else same.quantity++;
    left -= product.cents;
  }
  return lines;
}
