import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant } from '../../core/primitives.ts'

export const runStatuses = ['queued', 'running', 'completed', 'failed', 'applied'] as const

/** Candidates of one person that a run looks at: more would cost time and, with this many, change next to nothing. */
const candidatesMax = 50

export const NewMatchingRun = z.strictObject({
  programId: Id.describe('A program of your organization: its waitlist is matched with your mentors.'),
  maxOffersPerMentor: z.int().min(1).max(20).optional().describe('Beside what their room allows.'),
  candidatesPerPerson: z.int().min(1).max(candidatesMax).default(20),
  timeBudgetSeconds: z
    .int()
    .min(1)
    .max(120)
    .default(60)
    .describe('After it the best that was found counts, with its proven gap.'),
})
export type NewMatchingRun = z.output<typeof NewMatchingRun>

const Score = z.number().describe('Sum of the scores, each 0 to 1.')

const Summary = z
  .object({
    waiting: z.int32(),
    mentors: z.int32(),
    assigned: z.int32(),
    unassigned: z.int32(),
    totalScore: Score,
    bound: z.number().describe('No assignment has a greater total.'),
    gap: z.number().describe('(bound − total) / bound: what may be missing at most. 0 when optimal.'),
    optimal: z.boolean(),
    method: z.string(),
    stoppedBy: z.enum(['optimal', 'effort_limit', 'time_limit']),
    ties: z.string(),
    greedy: z
      .object({ totalScore: Score, assigned: z.int32() })
      .describe('What taking the best pair first would give.'),
    blockingPairs: z
      .array(
        z.object({
          referralId: Id,
          mentorId: Id,
          score: z.number(),
          heldScore: z.number().describe('Of the pair that the person has; 0 without one.'),
          displacesReferralId: Id.nullable(),
        }),
      )
      .describe(
        'A person and a mentor who would both do better with each other: at most 100 of blockingPairCount.',
      ),
    blockingPairCount: z.int32(),
    solver: z.object({ name: z.string(), version: z.string() }),
    ruleSet: z.string(),
  })
  .meta({ id: 'MatchingRunSummary' })
export type RunSummary = z.output<typeof Summary>

export const MatchingRun = z
  .object({
    id: Id,
    programId: Id,
    status: z.enum(runStatuses),
    options: z.object({
      maxOffersPerMentor: z.int32().nullable(),
      candidatesPerPerson: z.int32(),
      timeBudgetSeconds: z.int32(),
    }),
    progress: z.object({ phase: z.string(), done: z.int32(), total: z.int32() }).nullable(),
    inputSha256: z.string().nullable().describe('Of everything that the result depends on.'),
    summary: Summary.nullable(),
    failure: z.string().nullable(),
    proposed: z.int32().describe('Pairs that were neither applied nor refused yet.'),
    applied: z.int32(),
    refused: z.int32(),
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'MatchingRun',
    description:
      'A whole waitlist matched at once. Kept with its input: the same input gives the same result.',
  })
export type MatchingRun = z.output<typeof MatchingRun>

export const RunPair = z
  .object({
    referralId: Id,
    mentorId: Id,
    score: z.number(),
    status: z.enum(['proposed', 'applied', 'refused']),
    refusal: z.string().nullable().describe('The code of the refusal, or `referral_changed`.'),
    offerId: Id.nullable(),
  })
  .meta({ id: 'MatchingRunPair' })
export type RunPair = z.output<typeof RunPair>

export const RunFilter = z.strictObject({ ...PageArgs.shape, programId: Id.optional() })
export const RunPairFilter = z.strictObject({ ...PageArgs.shape, id: Id })

/** As many as one request applies in good time; a larger run is applied in parts. */
const pairsMax = 2_000

export const ApplyMatchingRun = z.strictObject({
  id: Id,
  pairs: z
    .array(z.strictObject({ referralId: Id, mentorId: Id }))
    .max(pairsMax)
    .optional()
    .describe('Those of the proposed pairs to apply; left out, all of them.'),
})

export const AppliedRun = z
  .object({
    id: Id,
    run: MatchingRun,
    pairs: z.array(RunPair).describe('What became of each pair that was to be applied.'),
    version: z.int32(),
  })
  .meta({ id: 'AppliedMatchingRun' })

export const RunInput = z
  .object({
    id: Id,
    inputSha256: z.string(),
    input: z
      .looseObject({})
      .describe(
        'The problem as it was solved: people by referral id, mentors by id, scores in millionths, room in half points.',
      ),
  })
  .meta({ id: 'MatchingRunInput' })
