import type { TxCtx } from '../../core/context.ts'
import { settle } from './remediation.ts'

/**
 * What time alone brings about: papers that ran out, and clocks of mentors who were paused or left meanwhile. Under
 * the system's context; returns how many mentors it settled, 0 when none is left. Any number may run at once.
 */
export const sweepEligibility = (ctx: TxCtx, limit: number): Promise<number> => settle(ctx, limit)
