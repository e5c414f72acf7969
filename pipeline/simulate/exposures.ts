import { SHOP } from './shop.ts';

export interface Exposures {
  add(person: number, device: number, experiment: string): void;
  has(person: number, device: number, experiment: string): boolean;
  onOneDevice(person: number): boolean;
  everyone(each: (person: number) => void): void;
}

/** Which browsers saw which experiments: four bits for each of a person's two browsers. */
export function createExposures(people: number): Exposures {
  const seen = new Uint8Array(people);
  const invited = new Map<number, number>();
  const bit = (device: number, experiment: string): number =>
    1 << (device * 4 + SHOP.experiments.findIndex(known => known.id === experiment));
  const bitsOf = (person: number): number => (person < people ? seen[person] : invited.get(person)) ?? 0;
  return {
    add(person, device, experiment) {
      const bits = bitsOf(person) | bit(device, experiment);
      if (person < people) seen[person] = bits;
      else invited.set(person, bits);
    },
    has: (person, device, experiment) => (bitsOf(person) & bit(device, experiment)) !== 0,
    onOneDevice: person => (bitsOf(person) & 0x0f) === 0 || (bitsOf(person) & 0xf0) === 0,
    everyone(each) {
      for (let person = 0; person < people; person++) if (seen[person] !== 0) each(person);
      for (const person of invited.keys()) each(person);
    },
  };
}
