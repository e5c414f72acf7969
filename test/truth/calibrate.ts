/**
 * How far the predictions are off over a large simulated shop: mean predicted orders of 90 days against what came.
 * Run by hand: node --import tsx test/truth/calibrate.ts [visitors] [seed]. Exits 1 where they are more than 5 % apart.
 */
import { calibrate } from './calibration.ts';

const LIMIT = 0.05;
const visitors = Number(process.argv[2] ?? 600_000);
const found = await calibrate(process.argv[3] ?? '1', visitors);
const { customers, predicted, came, alive, trulyAlive, repeaters } = found;
const off = predicted.value / came - 1;
const shown = ({ value, error }: { value: number; error: number }): string =>
  `${value.toFixed(3)} ± ${error.toFixed(3)}`;
for (const [name, estimate] of Object.entries({ ...found.orders, ...found.spend }))
  console.log(`${name}: ${shown(estimate)}`);
console.log(
  `${customers} customers: ${(predicted.value / customers).toFixed(4)} order days predicted a customer, ${(came / customers).toFixed(4)} came ` +
    `(${(100 * off).toFixed(1)} %, standard error ${((100 * predicted.error) / came).toFixed(1)} %)`,
);
console.log(`alive, of ${repeaters} with a repeat order: ${shown(alive)}, in truth ${trulyAlive.toFixed(0)}`);
console.log(`second order within 30 days: ${found.again.hits} of ${found.again.of}`);
process.exitCode = Math.abs(off) <= LIMIT ? 0 : 1;
