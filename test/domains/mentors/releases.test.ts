import fc from 'fast-check'
import t from 'tap'
import {
  audiences,
  mentorTypes,
  type ReleasableField,
  type Releases,
  releasableFields,
} from '../../../src/domains/mentors/codes.ts'
import { isReleased, widens } from '../../../src/domains/mentors/releases.ts'
import { sampleMentor } from '../../support/samples.ts'
import { ready } from '../offers/ready.ts'

/** A mentor of whom every field holds something that can be told from everything else. */
const everything = {
  displayName: 'ZZ Name',
  experienceStatement: 'ZZ statement',
  recoveryBand: 'over_10_years',
  substances: ['zz_substance'],
  pathways: ['zz_pathway'],
  languages: ['vi'],
  lifeSituations: ['zz_situation'],
  interests: ['zz_interest'],
  demographics: { gender: 'zz_gender' },
  availability: ['FREQ=WEEKLY;BYDAY=SU;BYHOUR=3'],
} as const satisfies Record<ReleasableField, unknown>

/** By which an unreleased field would betray itself, wherever it stood. */
const marks: Readonly<Record<ReleasableField, string>> = {
  displayName: 'ZZ Name',
  experienceStatement: 'ZZ statement',
  recoveryBand: 'over_10_years',
  substances: 'zz_substance',
  pathways: 'zz_pathway',
  languages: '"vi"',
  lifeSituations: 'zz_situation',
  interests: 'zz_interest',
  demographics: 'zz_gender',
  availability: 'BYDAY=SU',
}

const livedExperience = [
  'experienceStatement',
  'recoveryBand',
  'substances',
  'pathways',
  'lifeSituations',
  'demographics',
] as const
const clinicians: readonly string[] = ['clinician_with_lived_experience', 'clinician_ally']

/** The defaults as they were promised, said once more: who sees a field of which the mentor said nothing. */
function promised(type: string, field: ReleasableField): readonly string[] {
  if (field === 'languages') return ['coordinator', 'clinic', 'patient']
  if (field === 'displayName' || field === 'availability') return ['coordinator', 'patient']
  if (clinicians.includes(type) && (livedExperience as readonly string[]).includes(field)) return []
  return ['coordinator']
}

t.test('of a field of which nothing is said, each audience sees what the defaults promise', async (t) => {
  for (const type of mentorTypes)
    for (const field of releasableFields)
      for (const audience of audiences)
        t.equal(
          isReleased({ type, releases: {} }, field, audience),
          promised(type, field).includes(audience),
          `${field} of a ${type} to a ${audience}`,
        )
})

const releases: fc.Arbitrary<Releases> = fc.dictionary(
  fc.constantFrom(...releasableFields),
  fc.uniqueArray(fc.constantFrom(...audiences)),
)

t.test('what the mentor said of a field goes before every default, for that field alone', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...mentorTypes),
      releases,
      fc.constantFrom(...releasableFields),
      fc.constantFrom(...audiences),
      (type, said, field, audience) =>
        isReleased({ type, releases: said }, field, audience) ===
        (said[field] ?? promised(type, field)).includes(audience),
    ),
  )
})

t.test('it is wider when somebody would see what they did not see before, and only then', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...mentorTypes), releases, releases, (type, before, after) => {
      const seen = (said: Releases) =>
        releasableFields.flatMap((field) =>
          (said[field] ?? promised(type, field)).map((audience) => `${field} ${audience}`),
        )
      const known = new Set(seen(before))
      return (
        widens({ type, releases: before }, after, releasableFields) ===
        seen(after).some((one) => !known.has(one))
      )
    }),
  )
})

t.test('their own organization sees of a clinician’s lived experience nothing', async (t) => {
  const { operator, applicant, getMentor } = await ready(t)
  for (const type of clinicians) {
    const created = await operator.post('/v1/mentors', sampleMentor({ ...everything, type }))
    const { id } = created.body
    const listed = (await operator.get('/v1/mentors')).body.data[0]
    for (const seen of [created.body, await getMentor(id), listed]) {
      t.same(seen.withheld, livedExperience.toSorted(byOrder))
      for (const field of livedExperience) {
        t.notOk(field in seen, `${field} is not there`)
        t.notMatch(JSON.stringify(seen), marks[field])
      }
      for (const field of ['displayName', 'languages', 'interests', 'availability'] as const)
        t.same(seen[field], everything[field])
    }
  }
  const peer = await getMentor(await applicant(everything))
  t.same(peer.withheld, [])
  t.match(peer, everything)
})

const byOrder = (a: string, b: string) =>
  releasableFields.indexOf(a as ReleasableField) - releasableFields.indexOf(b as ReleasableField)

t.test('what a clinician lived through weighs nothing in matching and is nobody’s reason', async (t) => {
  const { mentor, accepted, candidates } = await ready(t)
  const shared = {
    substances: ['alcohol'],
    lifeSituations: ['veteran'],
    pathways: ['smart'],
    demographics: { gender: 'female' },
  }
  const telling = await mentor({ type: 'clinician_with_lived_experience', ...shared })
  const silent = await mentor({ type: 'clinician_with_lived_experience' })
  const { must: _, ...wishes } = { ...shared, demographics: { gender: ['female'] }, must: undefined }
  const id = await accepted({ preferences: wishes })
  const { data } = (await candidates(id)).body
  t.same(
    data.map(({ mentorId }: { mentorId: string }) => mentorId),
    [telling, silent],
    'equals stand in the order of their age',
  )
  t.equal(data[0].score, data[1].score)
  t.same(data[0].criteria, data[1].criteria)
  t.notMatch(
    JSON.stringify(data[0].criteria),
    /alcohol|veteran|smart|shared_experience|pathway|life_situation/,
  )
  const demanding = await accepted({ preferences: { must: { substances: ['alcohol'] } } })
  t.same((await candidates(demanding)).body.data, [], 'and it meets no demand')
})

t.test('every field of a mentor comes back as it was given', async (t) => {
  const { operator, world, getMentor } = await ready(t)
  const whole = {
    ...everything,
    type: 'peer_volunteer',
    modes: ['phone', 'in_person'],
    timeZone: 'America/Denver',
    postalCode: '80205',
    capacity: 8,
    serviceArea: ['802', '803'],
    mustNot: { reasons: ['post_overdose'], substances: ['opioids'], modes: ['text'] },
    boundaries: 'I do not lend money.',
    employerIds: [world.clinic.organizationId],
    practitionerReferences: ['http://hl7.org/fhir/sid/us-npi|1234567893'],
    supervisorName: 'Sample Supervisor',
    supervisorOrganizationId: world.operator.organizationId,
    supervisorHasPeerBackground: true,
    releases: { substances: ['coordinator', 'patient'], interests: [] },
  }
  const created = await operator.post('/v1/mentors', whole)
  t.equal(created.status, 201)
  t.equal(created.headers.location, `/v1/mentors/${created.body.id}`)
  const { interests: _, ...shown } = whole
  t.match(created.body, { ...shown, status: 'applicant', load: 0, version: 1, withheld: ['interests'] })
  for (const [member, value] of Object.entries(shown)) t.same(created.body[member], value, member)
  t.same(await getMentor(created.body.id), created.body)
})

t.test('the organization may let fewer people see a field, and never more', async (t) => {
  const { applicant, patchMentor, getMentor } = await ready(t)
  const id = await applicant(everything)
  t.match(await patchMentor(id, { releases: { substances: ['coordinator', 'patient'] } }), {
    status: 422,
    body: { errors: [{ pointer: '#/releases', code: 'mentor_decides' }] },
  })
  t.match(
    await patchMentor(id, { releases: { substances: ['patient'] } }),
    { status: 422 },
    'instead of is not fewer',
  )
  t.match(await getMentor(id), { releases: {}, substances: everything.substances, version: 1 })
  const narrowed = await patchMentor(id, { releases: { substances: [], displayName: ['coordinator'] } })
  t.match(narrowed, { status: 200, body: { withheld: ['substances'], displayName: 'ZZ Name' } })
  t.match(
    await patchMentor(id, { releases: { substances: ['coordinator'], displayName: ['coordinator'] } }),
    { status: 422, body: { errors: [{ code: 'mentor_decides' }] } },
    'what was closed stays closed to it',
  )
  t.match(
    await patchMentor(id, { releases: {} }),
    { status: 200, body: { withheld: ['substances'] } },
    'what is left out stays as it is',
  )
  const clinician = await applicant({ ...everything, type: 'clinician_ally' })
  for (const field of livedExperience)
    t.match(await patchMentor(clinician, { releases: { [field]: ['coordinator'] } }), { status: 422 }, field)
})

t.test('an audience or a field that is none is named by its place', async (t) => {
  const { operator } = await ready(t)
  const create = (releases: unknown) => operator.post('/v1/mentors', sampleMentor({ releases }))
  t.match(await create({ substances: ['employer'] }), {
    status: 422,
    body: { errors: [{ pointer: '#/releases/substances/0', code: 'invalid_code' }] },
  })
  t.match(await create({ shoeSize: ['patient'] }), { status: 422 })
})
