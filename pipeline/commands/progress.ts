/** A line on standard error that tells how far long work is: rewritten in place on a terminal, now and then elsewhere. */
export interface Progress {
  update(done: number, total: number | null): void;
  end(text: string): void;
}

const TERMINAL_EVERY_MS = 100;
const LOG_EVERY_MS = 5_000;

const number = new Intl.NumberFormat('en-US');

export function formatCount(n: number): string {
  return number.format(Math.round(n));
}

/** `unit`: what is counted, in the plural. */
export function createProgress(title: string, unit: string): Progress {
  const isTerminal = process.stderr.isTTY === true;
  const started = performance.now();
  let told = started;

  function line(done: number, total: number | null): string {
    const seconds = (performance.now() - started) / 1000;
    const rate = seconds > 0.5 ? `, ${formatCount(done / seconds)} a second` : '';
    const share =
      total === null || total === 0
        ? ''
        : ` of ${formatCount(total)} (${Math.floor((done / total) * 100)} %)`;
    return `${title}: ${formatCount(done)}${share} ${unit}${rate}`;
  }

  return {
    update(done, total) {
      const now = performance.now();
      if (now - told < (isTerminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS)) return;
      told = now;
      process.stderr.write(isTerminal ? `\r\x1b[K${line(done, total)}` : `${line(done, total)}\n`);
    },
    end(text) {
      process.stderr.write(isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
    },
  };
}
