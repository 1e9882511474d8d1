import type { EventType, TxCtx } from '../../core/context.ts'
import type { EnrolmentRow } from './store.ts'

/** Event and audit row of one enrolment. */
export function tell(
  ctx: TxCtx,
  type: Extract<EventType, `enrolment.${string}`>,
  { id, status, courseCode }: EnrolmentRow,
): void {
  ctx.emit({ type, subjectType: 'enrolment', subjectId: id, codes: { status, courseCode } })
  ctx.touch({ subjectType: 'enrolment', subjectId: id })
}
