import { createHash } from 'node:crypto'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import type { Each } from '../../core/many.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { disclose, project, type Reading, type Shown } from '../disclosures/store.ts'
import { type Engagement, type EngagementStatus, engagementClasses, type OwnAlertCode } from './contract.ts'
import { alertsAt, mentorshipAt, type RuleSet, retainedAt, standingAt } from './rules.ts'
import { type AccompaniedReferral, type History, toEngagementFacts, type Weighed } from './store.ts'

/** Engagement is the receiving organization's data: to the referring clinic it is a disclosure, class by class. */
export function engagementReading({ row, grounds }: AccompaniedReferral): Reading {
  return {
    grounds,
    holderId: row.receivingOrganizationId,
    patientId: row.patientId,
    subjectType: 'referral',
    subjectId: row.id,
    dataClasses: ['engagement_status', 'contact_summary'],
    members: engagementClasses,
  }
}

/** One, with the long notice. What may not be told is refused with the reason: the clinic knows of its own referral. */
export function showEngagement(
  ctx: TxCtx,
  record: AccompaniedReferral,
  history: History,
  rules: RuleSet,
): Engagement {
  const { row } = record
  ctx.touch({ subjectType: 'referral', subjectId: row.id, patientId: row.patientId })
  const [shown] = disclose(ctx, [engagementReading(record)], 'long')
  const answer = shown && show(record, toEngagement(record, history, rules, ctx.now), shown)
  if (answer) return answer
  throw untold(record, shown)
}

function untold({ parties }: AccompaniedReferral, shown: Shown | undefined): AppError {
  if (!parties.includes('requester')) return notFound('referral')
  return new AppError(
    'consent_not_in_force',
    `No consent lets the receiving organization tell you: ${shown?.decision.reasons.join(', ')}. A new consent in both directions that covers engagement_status mends it.`,
  )
}

/** Of each one, with the short notice, what a request for it alone would get: the engagement or the refusal. */
export function showEachEngagement(
  ctx: TxCtx,
  weighed: readonly Weighed[],
  rules: RuleSet,
): Each<Engagement>[] {
  const shown = disclose(
    ctx,
    weighed.map(({ record }) => engagementReading(record)),
    'short',
  )
  return weighed.map(({ record, history }, index) => {
    const { id, patientId } = record.row
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId })
    const part = shown[index]
    const answer = part && show(record, toEngagement(record, history, rules, ctx.now), part)
    return { id, answer: answer ?? untold(record, part) }
  })
}

/** Those of many that the caller may see and that have the status, if one is asked for, with the short notice each. */
export function showEngagements(
  ctx: TxCtx,
  weighed: readonly Weighed[],
  rules: RuleSet,
  status: EngagementStatus | undefined,
): Engagement[] {
  const wanted = weighed
    .map(({ record, history }) => ({ record, engagement: toEngagement(record, history, rules, ctx.now) }))
    .filter(({ engagement }) => status === undefined || engagement.status === status)
  const shown = disclose(
    ctx,
    wanted.map(({ record }) => engagementReading(record)),
    'short',
  )
  return wanted.flatMap(({ record, engagement }, index) => {
    const part = shown[index]
    const answer = part && show(record, engagement, part)
    if (!answer) return []
    const { row } = record
    ctx.touch({ subjectType: 'referral', subjectId: row.id, patientId: row.patientId })
    return [answer]
  })
}

/** Once the referral is closed, the clinic's own copy of that fact is all that remains without a consent. */
function show(
  { row, parties }: AccompaniedReferral,
  engagement: Engagement,
  { permitted, attached }: Shown,
): Engagement | undefined {
  if (permitted.has('engagement_status'))
    return { ...project(engagement, engagementClasses, permitted), ...attached }
  return row.closedAt && parties.includes('requester') ? closedByOwnRecord(engagement) : undefined
}

/** What the clinic knows by itself of a referral that is closed: that it is closed. */
function closedByOwnRecord(engagement: Engagement): Engagement {
  const { firstContactAt: _, lastTwoWayContactAt: __, contactsLast30Days: ___, ...rest } = engagement
  return {
    ...rest,
    outcome: null,
    mentorship: null,
    nextExpectedBy: null,
    retention: { day30: null, day60: null, day90: null },
    openAlerts: [],
    redacted: ['engagement_status', 'contact_summary'],
  }
}

const actionOf: Readonly<Record<OwnAlertCode, string>> = {
  needs_reassignment: 'reassign_mentor',
  unaccompanied: 'name_next_support',
}

export function toEngagement(
  { row, clock }: Pick<AccompaniedReferral, 'row' | 'clock'>,
  history: History,
  rules: RuleSet,
  now: Date,
): Engagement {
  const facts = toEngagementFacts(row, history)
  const { status, since, reasons, nextExpectedBy } = standingAt(facts, now, rules)
  const mentorship = history.mentorships.find((one) => one === mentorshipAt(facts, now))
  const spoken = history.mentorships
    .flatMap(({ contacts }) => contacts)
    .filter(({ result, at }) => result === 'two_way' && at <= now)
    .map(({ at }) => at)
    .sort((a, b) => a.getTime() - b.getTime())
  const start = history.mentorships[0]?.startedAt
  const retained = (day: number) => (start ? retainedAt(day, start, spoken, now, rules) : null)
  return {
    referralId: row.id,
    status,
    since: toInstant(since),
    asOf: toInstant(now),
    ruleSet: rules.name,
    reasons: reasons.map(({ code, at }) => ({ code, at: toInstant(at) })),
    outcome: status === 'ended' ? (row.outcome ?? mentorship?.outcome ?? null) : null,
    mentorship: mentorship
      ? {
          id: mentorship.id,
          mentorType: mentorship.mentorType,
          startedOn: toInstant(mentorship.startedAt).slice(0, 10),
        }
      : null,
    firstContactAt: toInstantOrNull(spoken[0] ?? null),
    lastTwoWayContactAt: toInstantOrNull(spoken.at(-1) ?? null),
    contactsLast30Days: spoken.filter((at) => at.getTime() > now.getTime() - 30 * 86_400_000).length,
    nextExpectedBy: toInstantOrNull(nextExpectedBy ?? clock?.dueAt ?? null),
    retention: { day30: retained(30), day60: retained(60), day90: retained(90) },
    openAlerts: [
      ...(clock && clock.dueAt < now
        ? [{ code: 'clock_overdue' as const, action: clock.action, since: toInstant(clock.dueAt) }]
        : []),
      ...alertsAt(facts, now).map(({ code, since }) => ({
        code,
        action: actionOf[code],
        since: toInstant(since),
      })),
    ],
  }
}

/** The same facts and the same status are the same answer, whenever they were computed and disclosed. */
export function engagementTag({ asOf: _, disclosure: __, ...lasting }: Engagement): string {
  return `"e${createHash('sha256').update(JSON.stringify(lasting)).digest('base64url').slice(0, 22)}"`
}
