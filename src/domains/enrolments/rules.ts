import { Temporal } from 'temporal-polyfill'
import type { EnrolmentStatus, factKinds } from './codes.ts'

/** What a version asks of whoever is in it. */
export interface Asked {
  readonly modules: readonly {
    readonly code: string
    readonly kind: string
    readonly minutes: number
    readonly required: boolean
    readonly passMark: number | null
  }[]
  readonly attemptsMax: number
  readonly evaluationRequired: boolean
  readonly validMonths: number | null
}

export interface Fact {
  readonly kind: (typeof factKinds)[number]
  readonly moduleCode: string | null
  readonly at: Date
  readonly minutes: number | null
  readonly score: number | null
}

export interface ModuleProgress {
  readonly code: string
  readonly required: boolean
  readonly done: boolean
  readonly minutesAttended: number
  readonly attempts: number
  readonly bestScore: number | null
}

export interface Progress {
  readonly modules: readonly ModuleProgress[]
  readonly evaluated: boolean
  /** Codes of what is still to be done, `evaluation` for the evaluation. */
  readonly missing: readonly string[]
  readonly status: 'enrolled' | 'completed' | 'failed'
}

/** Stands for the evaluation among what is missing. No code of a module has brackets. */
export const evaluationItem = '(evaluation)'

/** Where a learner is, from what happened and nothing else: the same facts in any order say the same. */
export function progressOf(asked: Asked, facts: readonly Fact[]): Progress {
  const modules = asked.modules.map((module): ModuleProgress => {
    const own = facts.filter(({ moduleCode }) => moduleCode === module.code)
    const scores = own.flatMap(({ kind, score }) => (kind === 'attempt' && score !== null ? [score] : []))
    const minutesAttended = minutesOf(own)
    const bestScore = scores.length > 0 ? Math.max(...scores) : null
    const done =
      module.passMark === null
        ? own.some(({ kind }) => kind === 'attendance') && minutesAttended >= module.minutes
        : bestScore !== null && bestScore >= module.passMark
    return {
      code: module.code,
      required: module.required,
      done,
      minutesAttended,
      attempts: scores.length,
      bestScore,
    }
  })
  const evaluated = facts.some(({ kind }) => kind === 'evaluation')
  const missing = [
    ...modules.flatMap(({ code, required, done }) => (required && !done ? [code] : [])),
    ...(asked.evaluationRequired && !evaluated ? [evaluationItem] : []),
  ]
  const hopeless = modules.some(
    ({ required, done, attempts }) => required && !done && attempts >= asked.attemptsMax,
  )
  return {
    modules,
    evaluated,
    missing,
    status: missing.length === 0 ? 'completed' : hopeless ? 'failed' : 'enrolled',
  }
}

const minuteMs = 60_000

/** Minutes of presence. Two records of the same hour are one hour. */
function minutesOf(facts: readonly Fact[]): number {
  const spans = facts
    .flatMap(({ kind, at, minutes }) =>
      kind === 'attendance' && minutes !== null
        ? [{ from: at.getTime(), to: at.getTime() + minutes * minuteMs }]
        : [],
    )
    .sort((a, b) => a.from - b.from)
  let until = Number.NEGATIVE_INFINITY
  let total = 0
  for (const { from, to } of spans) {
    total += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return Math.floor(total / minuteMs)
}

export interface Completion {
  readonly completedOn: string
  readonly minutes: number
  readonly validUntil: string | null
}

/** A course is completed on the day, in UTC, of the last thing that was done in it. */
export function completionOf(asked: Asked, facts: readonly Fact[]): Completion {
  const last = Math.max(...facts.map(({ at }) => at.getTime()))
  const completedOn = new Date(last).toISOString().slice(0, 10)
  const minutes = progressOf(asked, facts).modules.reduce(
    (sum, { minutesAttended }) => sum + minutesAttended,
    0,
  )
  const validUntil =
    asked.validMonths === null
      ? null
      : Temporal.PlainDate.from(completedOn).add({ months: asked.validMonths }).toString()
  return { completedOn, minutes, validUntil }
}

const next: Readonly<Record<EnrolmentStatus, readonly EnrolmentStatus[]>> = {
  enrolled: ['completed', 'failed', 'withdrawn'],
  completed: ['revoked'],
  failed: [],
  withdrawn: [],
  revoked: [],
}

export const canBecome = (from: EnrolmentStatus, to: EnrolmentStatus): boolean => next[from].includes(to)
