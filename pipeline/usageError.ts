/** A command or a setting was used wrongly (exit code 2): the message says what it got and what it may be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
