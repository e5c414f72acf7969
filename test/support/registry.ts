import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cached,
  findJava,
  freePorts,
  removeFolder,
  runProgram,
  startServer,
  temporaryFolder,
} from './java.ts';
import { type SharedService, sharedService } from './shared.ts';

const VERSION = '3.3.3';
const JAVA_VERSION_MIN = 21;

export interface RegistryDetails {
  /** Where the Confluent Schema Registry API begins. */
  url: string;
}

/** The server's files (158 MB), fetched by Maven once and unpacked. */
const files = () =>
  cached(`registry/${VERSION}`, async folder => {
    const artifact = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
    const to = [`-DoutputDirectory=${folder}`, '-Dmdep.useBaseVersion=true'];
    await runProgram('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, ...to], {
      cwd: folder,
    });
    const archive = join(folder, `apicurio-registry-app-${VERSION}-all.tar.gz`);
    await runProgram('tar', ['xzf', archive, '-C', folder]);
    await rm(archive);
  });

/** An Apicurio registry that keeps its schemas in memory. Up in about 10 s, 300 MB. */
export async function startRegistry(): Promise<SharedService<RegistryDetails>> {
  const java = await findJava(JAVA_VERSION_MIN);
  const jar = join(await files(), 'quarkus-run.jar');
  const folder = await temporaryFolder('registry');
  const [port = 0, management = 0] = await freePorts(2);
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': management,
    'quarkus.log.level': 'WARN',
  };
  const server = await startServer({
    name: 'The schema registry',
    program: java,
    args: [
      '-Xmx384m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
      '-jar',
      jar,
    ],
    folder,
    port,
    timeoutMs: 120_000,
  });
  const stop = async () => {
    await server.kill();
    await removeFolder(folder);
  };
  return { details: { url: `http://127.0.0.1:${port}/apis/ccompat/v7` }, stop };
}

/** The run's registry, started when the first test asks for it. Subjects must have names of their own per test. */
export const testRegistry = () => sharedService('registry', startRegistry);

/** Registers a schema under a subject; its id comes back. */
export async function registerSchema(
  url: string,
  subject: string,
  schema: string,
  schemaType = 'AVRO',
): Promise<number> {
  const answer = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema, schemaType }),
  });
  if (!answer.ok) throw new Error(`the registry answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: number }).id;
}
