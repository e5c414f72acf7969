import {
  botReasonOfUserAgent,
  botReasonsOfSession,
  SESSION_LIMITS,
  type SessionLimits,
} from '../../pipeline/fold/bots.ts';
import { normalize } from '../../pipeline/fold/normalize.ts';
import { LIMITS, type Limits, rejectionOf } from '../../pipeline/fold/validate.ts';
import type { Leaves } from './oracle.ts';

/** The pipeline's own leaves, for comparing with the pipeline. */
export function leavesOf(limits: Limits = LIMITS, sessionLimits: SessionLimits = SESSION_LIMITS): Leaves {
  return {
    rejectionOf: (event, arrival, firstSeen) => rejectionOf(event, arrival, firstSeen, limits),
    normalize,
    botReasons: sums =>
      botReasonsOfSession(
        {
          events: sums.events,
          activeEvents: sums.activeEvents,
          pageViews: sums.pageViews,
          startedAtMs: sums.started_at,
          endedAtMs: sums.ended_at,
          userAgentReasons: sums.userAgents.flatMap(userAgent => botReasonOfUserAgent(userAgent) || []),
        },
        sessionLimits,
      ),
  };
}
