import { createHash } from 'node:crypto'
import type { Sharer } from './codes.ts'
import type { PlanContent } from './contract.ts'

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
