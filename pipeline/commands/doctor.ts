import { Command } from 'commander';
import { diagnose, type Finding } from '../doctor/doctor.ts';
import { addSettings, type Settings, settingsOf } from '../settings.ts';
import { UsageError } from '../usageError.ts';
import { createLog } from './log.ts';

const MARKS = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

/** `footfall doctor`: a line for each check, with what to do; exit code 1 where one failed. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'Checks settings, reach, versions, topics, positions, lag, the ledger and more, changing nothing: a line each, with what to do. Exit code 1 where a check failed.',
    )
    .option('--data <dir>', 'the embedded ClickHouse of this data directory, in place of a server and Kafka')
    .option('--json', 'an array of {check, status, found, todo}')
    .action(async (options: { data?: string; json?: boolean }) => {
      const found: Finding[] = [];
      const tell = (finding: Finding): void => {
        found.push(finding);
        if (options.json !== true) process.stdout.write(line(finding));
      };
      const settings = checkedSettings(command, tell);
      if (settings !== null)
        await diagnose({ settings, dataDir: options.data, log: createLog(settings, 'fatal'), tell });
      if (options.json === true) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      if (found.some(finding => finding.status === 'fail')) process.exitCode = 1;
    });
  return addSettings(command, 'all');
}

function checkedSettings(command: Command, tell: (finding: Finding) => void): Settings | null {
  try {
    const settings = settingsOf(command);
    tell({ check: 'settings', status: 'ok', found: 'all known, none wrong', todo: '' });
    return settings;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const found of error.message.split('\n'))
      tell({ check: 'settings', status: 'fail', found, todo: 'set it right: the README lists all settings' });
    return null;
  }
}

function line({ check, status, found, todo }: Finding): string {
  const end = todo === '' ? '' : `\n      → ${todo}`;
  return `${MARKS[status]}  ${check}: ${found}${end}\n`;
}
