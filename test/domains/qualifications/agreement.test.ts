import fc from 'fast-check'
import t from 'tap'
import { newId } from '../../../src/core/id.ts'
import { openSystemContext } from '../../../src/db/access.ts'
import { type MentorType, mentorTypes } from '../../../src/domains/mentors/codes.ts'
import { refreshEligibility } from '../../../src/domains/mentors/eligibility.ts'
import { isEligible } from '../../../src/domains/mentors/rules.ts'
import { mentors } from '../../../src/domains/mentors/table.ts'
import { credentialStatuses, decisions, verifications } from '../../../src/domains/qualifications/codes.ts'
import { checklistOf } from '../../../src/domains/qualifications/rules.ts'
import {
  mentorCredentials,
  mentorRequirements,
  mentorScreenings,
} from '../../../src/domains/qualifications/table.ts'
import { ready } from './ready.ts'

/** Few codes and dates, so that papers meet requirements and each other; ends of months, and the days around today. */
const kind = fc.constantFrom('background_check' as const, 'training' as const)
const code = fc.constantFrom('icrc_pr', 'training')
const day = fc.constantFrom(
  '2024-01-31',
  '2024-02-29',
  '2025-11-17',
  '2025-11-18',
  '2026-10-31',
  '2026-11-18',
)
const later = fc.option(fc.constantFrom('2026-11-17', '2026-11-19', '2026-11-30', '2027-02-28', '2028-02-29'))
const after = (start: string, end: string | null) => (end !== null && end > start ? end : null)

const requirement = fc.record({
  code: fc.oneof(kind, code),
  item: fc.constantFrom('screening' as const, 'credential' as const),
  mentorTypes: fc.oneof(fc.constant<MentorType[]>([]), fc.subarray([...mentorTypes])),
  validMonths: fc.option(fc.constantFrom(1, 12, 13, 24)),
  leastVerification: fc.option(fc.constantFrom(...verifications)),
  isEnded: fc.boolean(),
})

const screening = fc.record({
  kind,
  decision: fc.constantFrom(...decisions),
  performedOn: day,
  expiresOn: later,
  enteredInError: fc.boolean(),
})

const credential = fc.record({
  code,
  verification: fc.constantFrom(...verifications),
  issuedOn: day,
  expiresOn: later,
  status: fc.constantFrom(...credentialStatuses),
})

const situation = fc.record({
  requirements: fc.uniqueArray(requirement, {
    maxLength: 4,
    selector: ({ item, code, isEnded }) => (isEnded ? Math.random() : `${item} ${code}`),
  }),
  papers: fc.array(
    fc.record({
      type: fc.constantFrom(...mentorTypes),
      screenings: fc.array(screening, { maxLength: 4 }),
      credentials: fc.array(credential, { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
})

t.test('the column that matching reads and the checklist that people read say the same', async (t) => {
  const { service, world, stored, time } = await ready(t)
  const { networkId } = world
  const { organizationId } = world.operator
  const now = time.now()
  const row = () => ({ networkId, id: newId(now), organizationId, createdAt: now, updatedAt: now })
  const outcomes = new Map<string, number>()

  async function agrees({
    requirements,
    papers,
  }: typeof situation extends fc.Arbitrary<infer T> ? T : never) {
    const demanded = requirements.map(({ isEnded, ...one }) => ({
      ...one,
      ...row(),
      endedAt: isEnded ? now : null,
    }))
    const people = papers.map((one) => ({ ...one, ...row() }))
    const ofMentor = (mentorId: string) => ({ ...row(), mentorId })
    const screenings = people.flatMap(({ id, screenings }) =>
      screenings.map((one) => ({
        ...one,
        ...ofMentor(id),
        expiresOn: after(one.performedOn, one.expiresOn),
        resultClass: 'clear' as const,
        decidedBy: 'Sample Coordinator',
      })),
    )
    const credentials = people.flatMap(({ id, credentials }) =>
      credentials.map((one) => ({
        ...one,
        ...ofMentor(id),
        expiresOn: after(one.issuedOn, one.expiresOn),
        issuer: 'Sample Board',
        verifiedOn: one.issuedOn,
        verifiedBy: 'Sample Coordinator',
      })),
    )
    await stored('truncate mentors, mentor_requirements, mentor_screenings, mentor_credentials cascade')
    await openSystemContext(service, networkId, { requestId: 'test', now }).transaction(
      async (ctx) => {
        const sample = {
          displayName: 'Sample Mentor',
          status: 'active' as const,
          languages: ['en'],
          modes: ['phone' as const],
          substances: [],
          pathways: [],
          timeZone: 'UTC',
          availability: [],
          serviceArea: [],
          capacity: 1,
        }
        const inserted = people.map(({ screenings: _, credentials: __, ...one }) => ({ ...sample, ...one }))
        await ctx.db.insert(mentors).values(inserted)
        if (demanded.length > 0) await ctx.db.insert(mentorRequirements).values(demanded)
        if (screenings.length > 0) await ctx.db.insert(mentorScreenings).values(screenings)
        if (credentials.length > 0) await ctx.db.insert(mentorCredentials).values(credentials)
        await refreshEligibility(ctx, { organizationId })
      },
      { action: 'test' },
    )
    const written = new Map(
      (
        await stored<{ id: string; until: Date | null }>('select id, eligible_until as until from mentors')
      ).map(({ id, until }) => [id, until]),
    )
    for (const { id, type } of people) {
      const checklist = checklistOf(
        {
          mentorType: type,
          requirements: demanded.filter(({ endedAt }) => endedAt === null),
          screenings: screenings.filter(({ mentorId }) => mentorId === id),
          credentials: credentials.filter(({ mentorId }) => mentorId === id),
        },
        now,
      )
      const until = written.get(id)
      if (until === undefined || until?.getTime() !== checklist.eligibleUntil?.getTime())
        throw new Error(
          `SQL says ${until?.toISOString()}, the rule ${checklist.eligibleUntil?.toISOString()}`,
        )
      if (checklist.eligible !== isEligible({ eligibleUntil: until }, now))
        throw new Error('what is eligible differs')
      if (checklist.eligible !== checklist.items.every(({ met }) => met)) throw new Error('an item differs')
      for (const { met, reason } of checklist.items) {
        if (met !== (reason === 'met')) throw new Error(`${reason} is ${met ? '' : 'not '}met`)
        outcomes.set(reason, (outcomes.get(reason) ?? 0) + 1)
      }
    }
  }

  await fc.assert(fc.asyncProperty(situation, agrees), { numRuns: 60, endOnFailure: false })
  t.same(
    [...outcomes.keys()].sort(),
    ['expired', 'met', 'missing', 'not_decided', 'not_eligible', 'not_verified', 'revoked'],
    'every answer came up',
  )
})
