import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Admin, Kafka, logLevel, Partitioners, type Producer, type ProducerConfig } from 'kafkajs';
import {
  cached,
  findJava,
  freePorts,
  inRepository,
  removeFolder,
  runProgram,
  startServer,
  temporaryFolder,
} from './java.ts';
import { type SharedService, sharedService } from './shared.ts';

const VERSION = '4.1.1';
const JAVA_VERSION_MIN = 17;

/** Where the running broker listens, and what its secure listeners ask for. */
export interface KafkaDetails {
  brokers: string[];
  /** TLS, then SASL: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 with the same user. */
  secure: { brokers: string[]; username: string; password: string };
  /** TLS with a client certificate. */
  mutual: { brokers: string[] };
  /** PEM. */
  certificates: { ca: string; cert: string; key: string };
}

/** Kafka's own jars, fetched by Maven once. */
const jars = () =>
  cached(`kafka/${VERSION}`, async folder => {
    const pom = inRepository('test/support/kafka-pom.xml');
    await runProgram('mvn', [
      '-q',
      '-B',
      '-f',
      pom,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${folder}`,
    ]);
  });

/** Runs one of Kafka's own tools to its end, with `input` as its standard input. Its output comes back. */
export async function kafkaTool(main: string, args: string[], input = ''): Promise<string> {
  const java = await findJava(JAVA_VERSION_MIN);
  const quick = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  ];
  const done = promisify(execFile)(java, [...quick, '-cp', `${await jars()}/*`, main, ...args], {
    maxBuffer: 64 << 20,
  });
  done.child.stdin?.end(input);
  const { stdout, stderr } = await done;
  return stdout + stderr;
}

/** A broker of one's own, for tests that harm it. */
export interface KafkaServer extends SharedService<KafkaDetails> {
  /** Ends it at once, as a power cut would; its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same data and ports. */
  restart(): Promise<void>;
}

/** One broker that is its own controller, in a temporary folder. Up in 3 s or so, 300 MB. */
export async function startKafka(): Promise<KafkaServer> {
  const java = await findJava(JAVA_VERSION_MIN);
  const classpath = `${await jars()}/*`;
  const folder = await temporaryFolder('kafka');
  try {
    const certificates = await makeCertificates(folder);
    const [plain = 0, controller = 0, secure = 0, mutual = 0] = await freePorts(4);
    const user = { username: 'footfall', password: 'test-secret' };
    const scram = (mechanism: string) => `${mechanism}=[name=${user.username},password=${user.password}]`;
    const jaas = 'org.apache.kafka.common.security';
    const properties = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `PLAINTEXT://127.0.0.1:${plain},SECURE://127.0.0.1:${secure},MUTUAL://127.0.0.1:${mutual},CONTROLLER://127.0.0.1:${controller}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': join(folder, 'server.pem'),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': join(folder, 'ca.pem'),
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.secure.plain.sasl.jaas.config': `${jaas}.plain.PlainLoginModule required user_${user.username}="${user.password}";`,
      'listener.name.secure.scram-sha-256.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
      'listener.name.secure.scram-sha-512.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
      'log.dirs': join(folder, 'data'),
      // Kafka's default, and the harder one: reading a topic that is not there must not create it.
      'auto.create.topics.enable': true,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 1,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 1,
      'group.initial.rebalance.delay.ms': 0,
      // Tests of lost members must not wait for half a minute.
      'group.min.session.timeout.ms': 500,
      'file.delete.delay.ms': 1000,
      // A broker that was killed may come back when its old session is over.
      'broker.session.timeout.ms': 1500,
      'broker.heartbeat.interval.ms': 300,
    };
    const file = join(folder, 'server.properties');
    await writeFile(
      file,
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => ['--add-scram', scram(mechanism)]);
    const clusterId = 'Zm9vdGZhbGwtdGVzdHMtMQ';
    await kafkaTool('kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', file, ...users]);
    const flags = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
    const launch = () =>
      startServer({
        name: 'Kafka',
        program: java,
        args: [
          ...flags,
          '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
          '-cp',
          classpath,
          'kafka.Kafka',
          file,
        ],
        folder,
        port: plain,
        timeoutMs: 90_000,
      });
    let server = await launch();
    const details: KafkaDetails = {
      brokers: [`127.0.0.1:${plain}`],
      secure: { brokers: [`127.0.0.1:${secure}`], ...user },
      mutual: { brokers: [`127.0.0.1:${mutual}`] },
      certificates,
    };
    return {
      details,
      kill: () => server.kill(),
      async restart() {
        server = await launch();
        await answers(details);
      },
      async stop() {
        await server.kill();
        await removeFolder(folder);
      },
    };
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

/** Resolves when the broker answers: its port is open before that. */
async function answers(details: KafkaDetails): Promise<void> {
  const kafka = useKafka(details);
  try {
    await (await kafka.admin()).describeCluster();
  } finally {
    await kafka.close();
  }
}

/** A certificate authority, and one certificate of it that serves the broker and its clients; PEM. */
async function makeCertificates(folder: string): Promise<KafkaDetails['certificates']> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...args: string[]) => runProgram('openssl', args, { cwd: folder });
  await openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  await openssl(
    'req',
    ...key,
    '-keyout',
    'key.pem',
    '-out',
    'request.pem',
    '-subj',
    '/CN=localhost',
    '-addext',
    names,
  );
  const sign = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-copy_extensions',
    'copy',
    '-days',
    '2',
  ];
  await openssl('x509', '-req', '-in', 'request.pem', ...sign, '-out', 'cert.pem');
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const [ca, cert, privateKey] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  await writeFile(join(folder, 'server.pem'), privateKey + cert);
  return { ca, cert, key: privateKey };
}

export interface TopicOptions {
  partitions?: number;
  config?: Record<string, string>;
}

export interface TestKafka extends KafkaDetails {
  /** A topic of its own for a test; its name begins with `name`. LogAppendTime unless `config` says otherwise. */
  createTopic(name: string, options?: TopicOptions): Promise<string>;
  /** The topic with exactly this name: for a topic that is created again. */
  createExactTopic(name: string, options?: TopicOptions): Promise<void>;
  admin(): Promise<Admin>;
  /** Java's partitioner. */
  producer(options?: ProducerConfig): Promise<Producer>;
  /** Disconnects what this object handed out. The broker goes on. */
  close(): Promise<void>;
}

/** The run's Kafka, started when the first test asks for it. */
export const testKafka = async () => useKafka(await sharedService('kafka', startKafka));

const NOT_READY = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'];

/** Whether the broker knows the topic and leads its partitions, which it does a moment after they were created. */
export async function isReady(admin: Admin, topic: string): Promise<boolean> {
  try {
    await admin.fetchTopicOffsets(topic);
    return true;
  } catch (error) {
    const type = error instanceof Error && 'type' in error ? String(error.type) : '';
    if (NOT_READY.includes(type)) return false;
    throw error;
  }
}

/** Clients and topics of a Kafka. */
export function useKafka(details: KafkaDetails): TestKafka {
  const kafka = new Kafka({
    clientId: 'test',
    brokers: details.brokers,
    logLevel: logLevel.NOTHING,
    // A broker that comes back on a busy machine closes connections for longer than kafkajs's five tries last.
    retry: { retries: 30, maxRetryTime: 2000 },
  });
  const open: { disconnect(): Promise<void> }[] = [];
  let admin: Promise<Admin> | undefined;

  const connected = async <Client extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
    client: Client,
  ) => {
    await client.connect();
    open.push(client);
    return client;
  };
  const getAdmin = () => {
    admin ??= connected(kafka.admin());
    return admin;
  };
  const createExactTopic = async (topic: string, { partitions = 1, config = {} }: TopicOptions = {}) => {
    const settings = { 'message.timestamp.type': 'LogAppendTime', ...config };
    const admin = await getAdmin();
    await admin.createTopics({
      // kafkajs's own wait fails where the broker has not heard of the topic yet.
      waitForLeaders: false,
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor: 1,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    while (!(await isReady(admin, topic))) await new Promise(resolve => setTimeout(resolve, 20));
  };
  return {
    ...details,
    admin: getAdmin,
    createExactTopic,
    async createTopic(name, options) {
      const topic = `${name}-${randomUUID().slice(0, 8)}`;
      await createExactTopic(topic, options);
      return topic;
    },
    producer: options =>
      connected(kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options })),
    async close() {
      await Promise.all(open.splice(0).map(client => client.disconnect()));
      admin = undefined;
    },
  };
}
