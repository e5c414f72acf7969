/** Why the worker stopped and waits for a person (exit code 3). Nothing is lost, nothing was committed past it. */
export type HaltCode =
  | 'log_changed'
  | 'log_lost'
  | 'partitions_added'
  | 'logic_version'
  | 'insert_refused'
  | 'data_version';

/** Ends a worker with exit code 3: what was found, and the command that resolves it. */
export class Halt extends Error {
  override readonly name = 'Halt';
  readonly code: HaltCode;
  /** What a person can do, as a sentence with the command. */
  readonly remedy: string;

  constructor(code: HaltCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
