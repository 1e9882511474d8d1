import { createHash } from 'node:crypto'
import type { Issue } from '../../core/errors.ts'
import { inCircles } from '../blueprints/rules.ts'
import type { Sharer } from './codes.ts'
import type { GoalChange, PlanContent } from './contract.ts'

export const emptyPlan: PlanContent = {
  vision: null,
  goals: [],
  strengths: [],
  barriers: [],
  supports: [],
  crisisPlan: null,
  reviewOn: null,
}

/** Members in one order, so that the same text has the same digest whoever stored it. */
const ordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(ordered)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => [name, ordered(member)]),
        )
      : value

/** What is signed: the text and its number, and nothing of who keeps it. */
export const digestOf = (content: PlanContent, number: number): string =>
  `sha256:${createHash('sha256')
    .update(JSON.stringify([number, ordered(content)]))
    .digest('hex')}`

/** On which side of the plan somebody is. */
export type Side = 'patient' | 'mentor' | 'program' | 'other'

const sharerOf: Readonly<Record<Exclude<Side, 'patient'>, Sharer>> = {
  mentor: 'mentor',
  program: 'program',
  other: 'clinic',
}

/** The person sees all that is theirs; everybody else what was shared with them. */
export const maySee = (side: Side, sharedWith: readonly Sharer[]): boolean =>
  side === 'patient' || sharedWith.includes(sharerOf[side])

/** What is wrong with the goals that a plan is to have: one that is not there, one named twice, or an order that leads back. */
export function faultsOfGoals(said: readonly GoalChange[], known: ReadonlyMap<string, unknown>): Issue[] {
  const named = new Set(said.map(({ id }) => id))
  const seen = new Set<string>()
  const issues = said.flatMap(({ id, after = [] }, index): Issue[] => {
    const faults: Issue[] = []
    if (id !== undefined && !known.has(id))
      faults.push({
        path: ['goals', index, 'id'],
        code: 'unknown_goal',
        detail: 'The plan has no such goal. Leave the id out for a new one.',
      })
    if (id !== undefined && seen.has(id))
      faults.push({ path: ['goals', index, 'id'], code: 'duplicate', detail: 'Each goal is named once.' })
    seen.add(id ?? '')
    for (const [place, other] of after.entries())
      if (!named.has(other))
        faults.push({
          path: ['goals', index, 'after', place],
          code: 'unknown_goal',
          detail: 'No goal that was sent has this id. A new one has an id once it is there.',
        })
    return faults
  })
  if (issues.length > 0) return issues
  return inCircles(said.map(({ id = '', after = [] }) => ({ key: id, after }))).map((index) => ({
    path: ['goals', index, 'after'],
    code: 'step_cycle',
    detail: 'The goal waits for itself, directly or by way of others.',
  }))
}
