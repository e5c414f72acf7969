import pino, { type Logger } from 'pino';
import type { Settings } from '../settings.ts';

/** Logs, JSON lines on standard error: standard output is for results. */
export function createLog(settings: Settings, least: Settings['LOG_LEVEL'] = settings.LOG_LEVEL): Logger {
  return pino({ name: 'footfall', level: least }, pino.destination({ fd: 2, sync: true }));
}
