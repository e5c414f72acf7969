import { startKafka } from './kafka.ts';
import { startRegistry } from './registry.ts';
import { shareServices } from './shared.ts';

/** Once for a whole test run; the function it returns is vitest's teardown. */
export default function setup(): Promise<() => Promise<void>> {
  return shareServices({ kafka: startKafka, registry: startRegistry });
}
