import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf } from '../../db/sealing.ts'
import { findLearningProgram } from '../learning/store.ts'
import { findMentor } from '../mentors/store.ts'
import { findMentorship, type MentorshipRow } from '../mentorships/store.ts'
import { ById, NewPlacementHour, SignOff } from './contract.ts'
import { requirePresence } from './presence.ts'
import { lackingOf, maySign, minutesOf, withSigned } from './rules.ts'
import {
  changeHour,
  changePlacement,
  findHour,
  type HourRow,
  holdOwn,
  type PlacementRow,
  tellOfHour,
  tellOfPlacement,
  toHour,
} from './store.ts'
import { placementHours, sealedHours } from './table.ts'

/** Clocks of two systems differ a little; what just ended must not be "in the future". */
const clockToleranceMs = 5 * 60_000
const dayMs = 86_400_000

/** The learner's day of one hour is refused where another hour of theirs is: by the database (`placement_hours_overlap`). */
export const recordHour = action({
  id: 'placementHours.record',
  scope: 'education:write',
  input: NewPlacementHour,
  run: async (ctx, { id: placementId, mentorshipId, reflection = null, ...said }) => {
    const placement = await holdOwn(ctx, placementId)
    if (placement.status !== 'active')
      throw new AppError('transition_not_allowed', `The placement is ${placement.status}.`)
    const span = { beganAt: new Date(said.beganAt), endedAt: new Date(said.endedAt) }
    const [mentorship, program] = await Promise.all([
      findMentorship(ctx, mentorshipId).catch(absentIfNotFound),
      findLearningProgram(ctx, placement.learningProgramId),
    ])
    const there = requireMentorship(ctx, placement, mentorship)
    refuseSpan(ctx, span, there)
    const foreign = said.competencies.flatMap((code, index) =>
      program.competencies.includes(code) ? [] : [index],
    )
    if (foreign.length > 0)
      throw invalidInput(
        ...foreign.map((index) => ({
          path: ['competencies', index],
          code: 'unknown_competency',
          detail: 'The learning program has no such competency.',
        })),
      )
    const { networkId, organizationId, now } = ctx
    const id = newId(now)
    const { consentId } = await requirePresence(ctx, {
      patientId: there.patientId,
      hostId: organizationId,
      schoolId: placement.schoolOrganizationId,
      hourId: id,
      beganAt: span.beganAt,
    })
    const row: HourRow = {
      networkId,
      id,
      organizationId,
      placementId,
      learnerId: placement.learnerId,
      learnerMentorId: placement.learnerMentorId,
      hostMentorId: placement.hostMentorId,
      supervisorId: placement.supervisorId,
      mentorshipId,
      patientId: there.patientId,
      consentId,
      relationship: said.relationship,
      ...span,
      competencies: [...new Set(said.competencies)],
      reflection,
      hasReflection: reflection !== null,
      status: 'recorded',
      signedAt: null,
      signedBy: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(placementHours, sealedHours.row(keyOf(placement), row)))
    await changePlacement(ctx, placement, {
      recordedMinutes: placement.recordedMinutes + minutesOf(row),
    })
    tellOfHour(ctx, 'placement_hour.recorded', row)
    return toHour(row)
  },
})

/** One of the mentor whom the learner goes along with, and of no other. */
function requireMentorship(
  ctx: TxCtx,
  { hostMentorId }: PlacementRow,
  mentorship: MentorshipRow | undefined,
): MentorshipRow {
  if (mentorship?.organizationId === ctx.organizationId && mentorship.mentorId === hostMentorId)
    return mentorship
  throw invalidInput({
    path: ['mentorshipId'],
    code: 'unknown_mentorship',
    detail: 'The mentor of the placement has no such mentorship.',
  })
}

function refuseSpan(
  ctx: TxCtx,
  { beganAt, endedAt }: { readonly beganAt: Date; readonly endedAt: Date },
  { startedAt, closedAt }: MentorshipRow,
) {
  const minutes = endedAt.getTime() - beganAt.getTime()
  if (minutes < 60_000 || minutes > dayMs)
    throw invalidInput({
      path: ['endedAt'],
      code: 'hour_out_of_range',
      detail: 'It lasts a minute at least and a day at most.',
    })
  if (endedAt.getTime() > ctx.now.getTime() + clockToleranceMs)
    throw invalidInput({
      path: ['endedAt'],
      code: 'date_in_future',
      detail: 'This is recorded once it has happened.',
    })
  if (beganAt.getTime() < startedAt.getTime() - clockToleranceMs || (closedAt && endedAt > closedAt))
    throw invalidInput({
      path: ['beganAt'],
      code: 'outside_mentorship',
      detail: 'The mentorship had not begun, or was closed.',
    })
}

/** The signature of the one peer who supervises the placement, and of nobody else. Signing twice changes nothing. */
export const signHour = action({
  id: 'placementHours.sign',
  scope: 'education:write',
  portal: ['mentor'],
  input: SignOff,
  run: async (ctx, { id, supervisorId }) => {
    const { placementId } = await findHour(ctx, id)
    const placement = await holdOwn(ctx, placementId)
    const hour = await findHour(ctx, id)
    checkVersion(ctx, hour.version)
    if (ctx.person && supervisorId !== undefined && supervisorId !== ctx.person.id) throw notTheirs()
    const signerId = ctx.person?.id ?? supervisorId
    if (signerId === undefined)
      throw invalidInput({ path: ['supervisorId'], code: 'required', detail: 'Say who signs.' })
    const signer = await findMentor(ctx, signerId).catch(absentIfNotFound)
    if (!signer || !maySign(signer, placement)) throw notTheirs()
    if (hour.status === 'signed') return toHour(hour)
    if (hour.status !== 'recorded')
      throw new AppError('transition_not_allowed', 'The hour was entered in error; nothing is signed.')
    ctx.beyondPerson()
    const program = await findLearningProgram(ctx, placement.learningProgramId)
    const row = await changeHour(ctx, hour, { status: 'signed', signedAt: ctx.now, signedBy: signer.id })
    const counted = withSigned(placement, row)
    const { signedMinutes, signedReflections, evidenced } = counted
    const isDone = placement.status === 'active' && lackingOf(program, counted).isNothing
    const changed = await changePlacement(ctx, placement, {
      ...{ signedMinutes, signedReflections, evidenced: [...evidenced] },
      ...(isDone && { status: 'completed' as const, endedAt: ctx.now }),
    })
    tellOfHour(ctx, 'placement_hour.signed', row)
    tellOfPlacement(ctx, isDone ? 'placement.completed' : 'placement.progressed', changed)
    return toHour(row)
  },
})

const notTheirs = () =>
  new AppError(
    'sign_off_by_supervisor',
    'The peer supervisor of the placement signs its hours, while they are active; nobody else does.',
  )

/** What was not signed yet. Saying it twice changes nothing. */
export const enterHourInError = action({
  id: 'placementHours.enterInError',
  scope: 'education:write',
  input: ById,
  run: async (ctx, { id }) => {
    const { placementId } = await findHour(ctx, id)
    const placement = await holdOwn(ctx, placementId)
    const hour = await findHour(ctx, id)
    checkVersion(ctx, hour.version)
    if (hour.status === 'entered_in_error') return toHour(hour)
    if (hour.status === 'signed')
      throw new AppError('transition_not_allowed', 'The hour is signed; what was signed stays.')
    const row = await changeHour(ctx, hour, { status: 'entered_in_error' })
    await changePlacement(ctx, placement, {
      recordedMinutes: placement.recordedMinutes - minutesOf(row),
    })
    tellOfHour(ctx, 'placement_hour.entered_in_error', row)
    return toHour(row)
  },
})
