import { Command, CommanderError } from 'commander';
import { Halt } from '../halt.ts';
import { UsageError } from '../usageError.ts';

/** Exit codes: what scripts and supervisors may rely on. */
const EXIT = { done: 0, failed: 1, usedWrongly: 2, halted: 3 } as const;

/** Every command, in the order of `--help`. Loaded only when it is called: `--help` and `query` start at once. */
const COMMANDS: ReadonlyArray<{ name: string; summary: string; load: () => Promise<Command> }> = [
  {
    name: 'demo',
    summary: 'a simulated shop, live, with everything on one machine',
    load: async () => (await import('./demo.ts')).demoCommand(),
  },
  {
    name: 'replay',
    summary: 'read event files to their end',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'query',
    summary: 'ask the data directory one query',
    load: async () => (await import('./query.ts')).queryCommand(),
  },
  {
    name: 'serve',
    summary: 'ClickHouse over a data directory',
    load: async () => (await import('./serve.ts')).serveCommand(),
  },
  {
    name: 'worker',
    summary: 'Kafka to ClickHouse, for production',
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  {
    name: 'migrate',
    summary: "bring a ClickHouse to this version's tables and views",
    load: async () => (await import('./migrate.ts')).migrateCommand(),
  },
  {
    name: 'simulate',
    summary: 'write the events of a simulated shop',
    load: async () => (await import('./simulate.ts')).simulateCommand(),
  },
  {
    name: 'load',
    summary: 'the tables that people load: sites, rates, costs, …',
    load: async () => (await import('./load.ts')).loadCommand(),
  },
  {
    name: 'fit',
    summary: 'fit the prediction models',
    load: async () => (await import('./fit.ts')).fitCommand(),
  },
  {
    name: 'experiment',
    summary: 'what an experiment has shown, in words and numbers or as a page',
    load: async () => (await import('./experiment.ts')).experimentCommand(),
  },
  {
    name: 'power',
    summary: 'how many people and days an experiment needs',
    load: async () => (await import('./power.ts')).powerCommand(),
  },
  {
    name: 'import',
    summary: 'exports of other tools (GA4, CSV) to an event file',
    load: async () => (await import('./import.ts')).importCommand(),
  },
  {
    name: 'dead-letters',
    summary: 'records that were rejected',
    load: async () => (await import('./deadLetters.ts')).deadLettersCommand(),
  },
  {
    name: 'doctor',
    summary: 'check settings, reach, lag and ledger, and what to do',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'accept-log',
    summary: 'after a halt: read a topic that was re-created, or lost records',
    load: async () => (await import('./acceptLog.ts')).acceptLogCommand(),
  },
  {
    name: 'accept-partitions',
    summary: 'after a halt: read a topic that has more partitions',
    load: async () => (await import('./acceptPartitions.ts')).acceptPartitionsCommand(),
  },
  {
    name: 'accept-logic',
    summary: 'after a halt: go on with the logic of this version',
    load: async () => (await import('./acceptLogic.ts')).acceptLogicCommand(),
  },
];

/** Runs one command line and sets the exit code. What a command leaves open keeps the process running. */
export async function run(args: readonly string[]): Promise<void> {
  // `footfall query … | head` is no failure.
  process.stdout.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
  try {
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('footfall')
    .description('Clickstream analytics for online shops: Avro events from Kafka, answers in ClickHouse.')
    .usage('COMMAND [options]')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\nHelp on a command: footfall COMMAND --help')
    .exitOverride();
  const operands = args.filter(arg => !arg.startsWith('-'));
  const wanted = operands[0] === 'help' ? operands[1] : operands[0];
  for (const { name, summary, load } of COMMANDS) {
    // The others are there for `--help` and for 'did you mean'.
    const command = name === wanted ? await load() : new Command(name);
    program.addCommand(command.summary(summary));
  }
  inherit(program);
  return program;
}

/** Settings of a program reach only the commands that it makes itself. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}

/** Tells what went wrong in a line on standard error. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // commander has told it already; help that nobody asked for is a wrong use.
    return error.exitCode === 0 ? EXIT.done : EXIT.usedWrongly;
  }
  if (process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace') {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  if (error instanceof Halt) {
    process.stderr.write(`halted (${error.code}): ${error.message}\n${error.remedy}\n`);
    return EXIT.halted;
  }
  if (error instanceof UsageError) {
    for (const line of error.message.split('\n')) process.stderr.write(`error: ${line}\n`);
    return EXIT.usedWrongly;
  }
  process.stderr.write(`error: ${messageOf(error)}\n`);
  return EXIT.failed;
}

/** Network errors have their reason as cause, or several of them, and no message of their own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause === undefined || !/fetch failed/.test(error.message) ? '' : `: ${messageOf(error.cause)}`;
  return `${error.message || error.name}${cause}`;
}
