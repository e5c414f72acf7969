import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm run test:alerts`: Prometheus's own tool reads the rules and runs their tests. PROMTOOL: where it is, if not on the path. */
const promtool = process.env.PROMTOOL ?? 'promtool';
for (const args of [
  ['check', 'rules', '../../dashboards/alerts/pipeline.yml'],
  ['test', 'rules', 'pipeline.rules.yml'],
]) {
  const { error, status } = spawnSync(promtool, args, { cwd: join(import.meta.dirname), stdio: 'inherit' });
  if (error !== undefined) {
    const missing = 'code' in error && error.code === 'ENOENT';
    process.stderr.write(
      missing
        ? `${promtool} is not there. It comes with Prometheus: apt-get install --no-install-recommends prometheus (Debian, Ubuntu), or set PROMTOOL to where it is\n`
        : `${promtool}: ${error.message}\n`,
    );
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}
