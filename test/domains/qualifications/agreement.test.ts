import fc from 'fast-check'
import t from 'tap'
import { newId } from '../../../src/core/id.ts'
import { openSystemContext } from '../../../src/db/access.ts'
import { clinicianAcceptances, clinicianTerms } from '../../../src/domains/clinicians/table.ts'
import { panelReceipts } from '../../../src/domains/conflicts/table.ts'
import { courses, courseVersions } from '../../../src/domains/courses/table.ts'
import { enrolmentStatuses } from '../../../src/domains/enrolments/codes.ts'
import { enrolments } from '../../../src/domains/enrolments/table.ts'
import { learners } from '../../../src/domains/learners/table.ts'
import {
  clinicianTerms as clinicianTermKinds,
  type MentorType,
  mentorTypes,
} from '../../../src/domains/mentors/codes.ts'
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
  item: fc.constantFrom('screening' as const, 'credential' as const, 'course' as const),
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

const completion = fc.record({
  courseCode: code,
  status: fc.constantFrom(...enrolmentStatuses),
  completedOn: day,
  validUntil: later,
})

const references = ['urn:x|1', 'urn:x|2'] as const
const uploaded = fc.constantFrom(null, '2025-11-18T18:59:59Z', '2025-11-18T19:00:01Z', '2026-03-31T00:00:00Z')
const accepted = fc.constantFrom(
  'present' as const,
  'present' as const,
  'earlier' as const,
  'withdrawn' as const,
  'never' as const,
)

/** Of a clinician; of everybody else it is asked neither by the one nor by the other. */
const onboarding = fc.record({
  practitionerReferences: fc.subarray([...references]),
  employers: fc.subarray([0, 1]),
  isSupervised: fc.boolean(),
  accepted: fc.record({ licence_duties: accepted, dual_role: accepted, record_separation: accepted }),
})

const situation = fc.record({
  published: fc.subarray([...clinicianTermKinds], { minLength: 1 }),
  /** By the one employer or by the other, of the one reference and of the other. */
  panels: fc.tuple(uploaded, uploaded, uploaded, uploaded),
  requirements: fc.uniqueArray(requirement, {
    maxLength: 4,
    selector: ({ item, code, isEnded }) => (isEnded ? Math.random() : `${item} ${code}`),
  }),
  papers: fc.array(
    fc.record({
      type: fc.constantFrom(...mentorTypes),
      screenings: fc.array(screening, { maxLength: 4 }),
      credentials: fc.array(credential, { maxLength: 4 }),
      taken: fc.array(completion, { maxLength: 4 }),
      onboarding,
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
  const employersOf = (which: readonly number[]) =>
    which.map((index) => [world.clinic, world.otherClinic][index]?.organizationId ?? '')

  async function agrees({
    requirements,
    papers,
    published,
    panels,
  }: typeof situation extends fc.Arbitrary<infer T> ? T : never) {
    const demanded = requirements.map(({ isEnded, ...one }) => ({
      ...one,
      ...row(),
      endedAt: isEnded ? now : null,
    }))
    const people = papers.map((one) => ({ ...one, ...row() }))
    const terms = published.flatMap((kind) =>
      ([1, 2] as const).map((revision) => ({
        ...{ ...row(), kind, revision, language: 'en', text: 'Sample' },
        supersededAt: revision === 1 ? now : null,
      })),
    )
    const acceptances = people.flatMap(({ id: mentorId, onboarding }) =>
      terms.flatMap(({ id: termsId, kind, revision }) => {
        const how = onboarding.accepted[kind]
        if (how === 'never' || (how === 'earlier') !== (revision === 1)) return []
        return [
          {
            ...{ ...row(), mentorId, termsId, kind, revision, acceptedAt: now, method: 'portal' as const },
            ...{ recordedBy: organizationId, withdrawnAt: how === 'withdrawn' ? now : null },
          },
        ]
      }),
    )
    const receipts = panels.flatMap((at, index) =>
      at
        ? [
            {
              ...{ networkId, organizationId: employersOf([index % 2])[0] ?? '' },
              ...{ practitionerReference: references[index < 2 ? 0 : 1], uploadedAt: new Date(at) },
            },
          ]
        : [],
    )
    const affiliated = ({
      practitionerReferences,
      employers,
      isSupervised,
    }: (typeof papers)[number]['onboarding']) => ({
      practitionerReferences,
      employerIds: employersOf(employers),
      supervisorOrganizationId: isSupervised ? organizationId : null,
    })
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
    const taken = people.flatMap(({ id, taken }) =>
      taken.map(({ courseCode, status, completedOn, validUntil }) => {
        const isDone = status === 'completed' || status === 'revoked'
        return {
          ...ofMentor(id),
          courseCode,
          status,
          completedOn: isDone ? completedOn : null,
          validUntil: isDone ? after(completedOn, validUntil) : null,
        }
      }),
    )
    await stored(
      'truncate mentors, mentor_requirements, mentor_screenings, mentor_credentials, courses, clinician_terms, panel_receipts cascade',
    )
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
        const inserted = people.map(({ screenings: _, credentials: __, taken: ___, onboarding, ...one }) => ({
          ...sample,
          ...one,
          ...affiliated(onboarding),
        }))
        await ctx.db.insert(mentors).values(inserted)
        if (demanded.length > 0) await ctx.db.insert(mentorRequirements).values(demanded)
        if (screenings.length > 0) await ctx.db.insert(mentorScreenings).values(screenings)
        if (credentials.length > 0) await ctx.db.insert(mentorCredentials).values(credentials)
        // Each in a version of its own: that one learner is in one version once is another promise.
        const versions = taken.map(() => ({ course: row(), version: row() }))
        const taught = people.map(({ id }) => ({ ...row(), mentorId: id }))
        if (taken.length > 0) {
          await ctx.db
            .insert(courses)
            .values(
              versions.map(({ course }) => ({ ...course, code: course.id, title: 'Sample', audience: [] })),
            )
          await ctx.db.insert(courseVersions).values(
            versions.map(({ course, version }) => ({
              ...version,
              ...{ courseId: course.id, label: '1', language: 'en', objectives: [], modules: [] },
              ...{ attemptsMax: 1, evaluationRequired: false, status: 'draft' as const },
            })),
          )
          await ctx.db
            .insert(learners)
            .values(taught.map((one) => ({ ...one, name: 'Sample Learner', profession: 'other' as const })))
          await ctx.db.insert(enrolments).values(
            taken.map((one, index) => ({
              ...one,
              learnerId: taught.find(({ mentorId }) => mentorId === one.mentorId)?.id ?? '',
              courseId: versions[index]?.course.id ?? '',
              courseVersionId: versions[index]?.version.id ?? '',
              enrolledAt: now,
            })),
          )
        }
        if (terms.length > 0) await ctx.db.insert(clinicianTerms).values(terms)
        if (acceptances.length > 0) await ctx.db.insert(clinicianAcceptances).values(acceptances)
        if (receipts.length > 0) await ctx.db.insert(panelReceipts).values(receipts)
        await refreshEligibility(ctx, { organizationId })
      },
      { action: 'test' },
    )
    const written = new Map(
      (
        await stored<{ id: string; until: Date | null }>('select id, eligible_until as until from mentors')
      ).map(({ id, until }) => [id, until]),
    )
    for (const { id, type, onboarding } of people) {
      const checklist = checklistOf(
        {
          mentorType: type,
          requirements: demanded.filter(({ endedAt }) => endedAt === null),
          screenings: screenings.filter(({ mentorId }) => mentorId === id),
          credentials: credentials.filter(({ mentorId }) => mentorId === id),
          courses: taken.filter(({ mentorId }) => mentorId === id),
          onboarding: {
            ...affiliated(onboarding),
            references: onboarding.practitionerReferences,
            terms: terms.filter(({ supersededAt }) => supersededAt === null),
            acceptances: acceptances.filter((one) => one.mentorId === id && one.withdrawnAt === null),
            panels: receipts.map(({ organizationId: by, practitionerReference, uploadedAt }) => ({
              organizationId: by,
              reference: practitionerReference,
              uploadedAt,
            })),
          },
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

  // The same sixty each time, in which every answer comes up, and as many that nobody has seen.
  const known = fc.sample(situation, { seed: 20261118, numRuns: 60 }).map((one): [typeof one] => [one])
  await fc.assert(fc.asyncProperty(situation, agrees), { examples: known, numRuns: 120, endOnFailure: false })
  t.same(
    [...outcomes.keys()].sort(),
    [
      ...['expired', 'met', 'missing', 'not_accepted', 'not_completed', 'not_decided'],
      ...[
        'not_eligible',
        'not_named',
        'not_published',
        'not_uploaded',
        'not_verified',
        'revoked',
        'superseded',
      ],
    ],
    'every answer came up',
  )
})
