import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf } from '../../db/sealing.ts'
import { findLearner } from '../learners/store.ts'
import { Evaluate, NewAttempt, NewAttendance } from './contract.ts'
import { type Asked, completionOf, type Fact, progressOf } from './rules.ts'
import { changeEnrolment, type EnrolmentRow, factsOf, findEnrolment, toEnrolment } from './store.ts'
import { enrolmentFacts, sealedFacts } from './table.ts'
import { tell } from './telling.ts'

/** Clocks of two systems differ a little; what just happened must not be "in the future". */
const clockToleranceMs = 5 * 60_000

export const recordAttendance = action({
  id: 'enrolments.attend',
  scope: 'education:write',
  input: NewAttendance,
  run: (ctx, { id, ...said }) => {
    const fact = { ...said, kind: 'attendance' as const, at: new Date(said.at), score: null }
    return addFact(ctx, id, fact, ({ modules }) => {
      const module = modules.find(({ code }) => code === said.moduleCode)
      if (!module || module.kind === 'quiz')
        throw unknownModule('The version has no module of this code that is attended.')
      return null
    })
  },
})

export const recordAttempt = action({
  id: 'enrolments.attempt',
  scope: 'education:write',
  input: NewAttempt,
  run: (ctx, { id, verifiedBy = null, ...said }) => {
    const fact = { ...said, verifiedBy, kind: 'attempt' as const, at: new Date(said.at), minutes: null }
    return addFact(ctx, id, fact, ({ modules, attemptsMax }, facts) => {
      const module = modules.find(({ code }) => code === said.moduleCode)
      if (module?.kind !== 'quiz') throw unknownModule('The version has no quiz of this code.')
      const before = facts.filter(({ kind, moduleCode }) => kind === 'attempt' && moduleCode === module.code)
      if (before.length >= attemptsMax)
        throw new AppError(
          'attempts_exhausted',
          `A quiz of this version is tried ${attemptsMax} times at most.`,
        )
      return before.length + 1
    })
  },
})

/** The learner’s own word that they evaluated the course. Saying it twice changes nothing. */
export const recordEvaluation = action({
  id: 'enrolments.evaluate',
  scope: 'education:write',
  portal: ['mentor'],
  input: Evaluate,
  run: (ctx, { id, at }) =>
    addFact(ctx, id, {
      kind: 'evaluation',
      moduleCode: null,
      at: at ? new Date(at) : ctx.now,
      minutes: null,
      score: null,
      verifiedBy: null,
    }),
})

const unknownModule = (detail: string) =>
  invalidInput({ path: ['moduleCode'], code: 'unknown_module', detail })

type NewFact = Fact & { readonly verifiedBy: string | null }

/** Adds a fact, and lets the enrolment become what the facts make of it. `positionOf` refuses what does not fit. */
async function addFact(
  ctx: TxCtx,
  id: string,
  fact: NewFact,
  positionOf: (asked: Asked, facts: readonly Fact[]) => number | null = () => null,
) {
  const found = await findEnrolment(ctx, id, { hold: true })
  checkVersion(ctx, found.version)
  ctx.beyondPerson()
  if (fact.at.getTime() > ctx.now.getTime() + clockToleranceMs)
    throw invalidInput({
      path: ['at'],
      code: 'date_in_future',
      detail: 'This is recorded once it has happened.',
    })
  const [known, learner] = await Promise.all([factsOf(ctx, [found]), findLearner(ctx, found.learnerId)])
  const { asked, facts } = known(found)
  const evaluatedBefore = fact.kind === 'evaluation' && facts.some(({ kind }) => kind === 'evaluation')
  if (evaluatedBefore) return toEnrolment(found, progressOf(asked, facts))
  if (found.status !== 'enrolled')
    throw new AppError('transition_not_allowed', `The enrolment is ${found.status}: nothing is added to it.`)
  const position = positionOf(asked, facts)
  const { networkId, organizationId, now } = ctx
  const row = { ...fact, networkId, id: newId(now), organizationId, enrolmentId: id, learnerId: learner.id }
  ctx.write(
    insertRows(enrolmentFacts, sealedFacts.row(keyOf(learner), { ...row, position, recordedAt: now })),
  )
  return move(ctx, found, asked, [...facts, fact])
}

async function move(ctx: TxCtx, found: EnrolmentRow, asked: Asked, facts: readonly Fact[]) {
  const progress = progressOf(asked, facts)
  const { status } = progress
  const changes =
    status === 'completed'
      ? { status, endedAt: ctx.now, ...completionOf(asked, facts) }
      : status === 'failed'
        ? { status, endedAt: ctx.now }
        : {}
  const row = await changeEnrolment(ctx, found, changes)
  tell(ctx, status === 'enrolled' ? 'enrolment.progressed' : `enrolment.${status}`, row)
  return toEnrolment(row, progress)
}
