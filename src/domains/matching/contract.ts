import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { Instant } from '../../core/primitives.ts'
import { conflictKinds } from '../conflicts/contract.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { Audience, MentorType, recoveryBands } from '../mentors/codes.ts'
import { matchCriteria } from '../programs/contract.ts'
import { constraints } from './constraints.ts'

/** Candidates shown at once: a person chooses among few, and a coordinator reads no further either. */
const candidatesMax = 50

export const CandidateFilter = z.strictObject({
  id: Id,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, candidatesMax))
    .default(10)
    .meta({
      type: 'integer',
      minimum: 1,
      description: `Candidates; above ${candidatesMax} counts as ${candidatesMax}.`,
      example: 10,
    }),
  audience: Audience.optional().describe(
    'Whose explanation: yours by default (`coordinator` for the organization that matches, `clinic` for the one that referred). A coordinator may look through the eyes of the others.',
  ),
})

const Explained = z
  .object({
    criterion: z.enum(matchCriteria),
    value: z.number().describe('From 0 to 1.'),
    weight: z
      .number()
      .optional()
      .describe('Share of the whole, after what is unknown was left out. Coordinators only.'),
    contribution: z.number().optional().describe('weight × value. Coordinators only.'),
    evidence: z
      .array(z.string())
      .describe(
        'The codes that the two have in common, as far as the mentor released them to this audience.',
      ),
  })
  .meta({ id: 'ExplainedCriterion' })

export const Candidate = z
  .object({
    rank: z.int32(),
    mentorId: Id.optional().describe('For coordinators, and for whom the mentor let see their name.'),
    mentorType: MentorType,
    score: z.number().optional().describe('Weighted mean of the criteria, 0 to 1. Coordinators only.'),
    criteria: z.array(Explained),
    cautions: z
      .array(z.enum(conflictKinds))
      .optional()
      .describe('Relations to know of before deciding; they bar nothing. Coordinators only.'),
    displayName: z.string().optional(),
    languages: z.array(z.string()).optional(),
    substances: z.array(z.string()).optional(),
    pathways: z.array(z.string()).optional(),
    lifeSituations: z.array(z.string()).optional(),
    interests: z.array(z.string()).optional(),
    demographics: z.record(z.string(), z.string()).optional(),
    experienceStatement: z.string().nullable().optional(),
    recoveryBand: z.enum(recoveryBands).nullable().optional(),
    availability: z.array(z.string()).optional(),
    boundaries: z.string().nullable(),
  })
  .meta({ id: 'Candidate' })
export type Candidate = z.output<typeof Candidate>

export const Candidates = z
  .object({
    referralId: Id,
    ruleSet: z.string(),
    asOf: Instant,
    audience: Audience,
    data: z.array(Candidate).max(candidatesMax),
    considered: z.int32().describe('Mentors that were looked at.'),
    feasible: z.int32().describe('Mentors for whom every constraint holds.'),
    excluded: z.array(
      z.object({
        constraint: z.enum(constraints),
        mentors: z.int32().describe('Excluded by it, alone or with others.'),
        alone: z.int32().describe('Excluded by nothing else.'),
      }),
    ),
    nearMisses: z
      .array(
        z.object({
          constraint: z.enum(constraints),
          member: z.string().optional().describe('Of `must`, where a single demand is in the way.'),
          value: z.string().optional(),
          mentors: z.int32().describe('How many more would fit without it.'),
        }),
      )
      .describe('What would have to be asked less. Only what people can decide otherwise.'),
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({
    id: 'Candidates',
    description: 'Ranked and explained. The same facts and the same rule set give the same answer.',
  })
export type Candidates = z.output<typeof Candidates>
