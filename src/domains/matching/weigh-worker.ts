import { parentPort } from 'node:worker_threads'
import type { MentorFacts, Seeker } from './facts.ts'
import type { Weighing } from './score.ts'
import { bestFor, type WeighedCandidate } from './weigh.ts'

export interface Setting {
  readonly mentors: readonly MentorFacts[]
  readonly weighing: readonly Weighing[]
  readonly most: number
}

/** First the mentors in slices, then the people in slices; each slice of people is answered by their candidates. */
export type ToWeigher =
  | { readonly kind: 'mentors'; readonly mentors: readonly MentorFacts[] }
  | { readonly kind: 'start'; readonly weighing: readonly Weighing[]; readonly most: number }
  | { readonly kind: 'people'; readonly seekers: readonly Seeker[] }

export type FromWeigher = readonly (readonly WeighedCandidate[])[]

const mentors: MentorFacts[] = []
let rules: { readonly weighing: readonly Weighing[]; readonly most: number } = { weighing: [], most: 0 }

// What is thrown in here ends the thread, and reaches the caller as its error.
parentPort?.on('message', (message: ToWeigher) => {
  if (message.kind === 'mentors') mentors.push(...message.mentors)
  else if (message.kind === 'start') rules = message
  else {
    const answer: FromWeigher = message.seekers.map((seeker) =>
      bestFor(mentors, seeker, rules.weighing, rules.most),
    )
    parentPort?.postMessage(answer)
  }
})
