import { parseArgs } from 'node:util';
import pino from 'pino';
import { createKafkaSource } from '../../pipeline/sources/kafka.ts';
import { kafkaTool, testKafka } from '../support/kafka.ts';
import { stopOwnServices } from '../support/shared.ts';

/**
 * How fast records come out of Kafka, with nothing done to them: CPU seconds of this process, a broker beside it.
 * `node --import tsx test/bench/kafkaFetch.ts [--records N] [--bytes N] [--partitions N] [--compression C]`
 */
export async function kafkaFetch(options: {
  records: number;
  bytes: number;
  partitions: number;
  compression: string;
}) {
  const { records, bytes, partitions, compression } = options;
  const kafka = await testKafka();
  const topic = await kafka.createTopic('bench', { partitions });
  await kafkaTool('org.apache.kafka.tools.ProducerPerformance', [
    ...[
      '--topic',
      topic,
      '--num-records',
      String(records),
      '--record-size',
      String(bytes),
      '--throughput',
      '-1',
    ],
    ...['--producer-props', `bootstrap.servers=${kafka.brokers}`, `compression.type=${compression}`],
    ...['batch.size=65536', 'linger.ms=20'],
  ]);
  const source = createKafkaSource({
    connection: { brokers: kafka.brokers },
    topics: [topic],
    epochs: () => 0,
    log: pino({ level: 'warn' }),
  });
  let streams: Awaited<ReturnType<typeof source.streams>> = [];
  await source.start(assignment => {
    streams = assignment.streams;
  });
  const cpu = process.cpuUsage();
  const start = performance.now();
  const readers = streams.map(stream => source.open(stream, 0));
  let read = 0;
  let readBytes = 0;
  while (read < records) {
    for (const reader of readers) {
      for (let batch = await reader.next(); batch; batch = await reader.next()) {
        read += batch.records.length;
        for (const { value } of batch.records) readBytes += value?.length ?? 0;
      }
    }
    if (read < records) await source.wait(1000);
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  await source.stop();
  await kafka.close();
  return { ...options, readBytes, seconds, cpuSeconds, recordsPerCpuSecond: Math.round(read / cpuSeconds) };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: '2000000' },
      bytes: { type: 'string', default: '159' },
      partitions: { type: 'string', default: '4' },
      compression: { type: 'string', default: 'none' },
    },
  });
  const { records, bytes, partitions, compression } = values;
  const counts = { records: Number(records), bytes: Number(bytes), partitions: Number(partitions) };
  process.stdout.write(`${JSON.stringify(await kafkaFetch({ ...counts, compression }))}\n`);
  await stopOwnServices();
}
