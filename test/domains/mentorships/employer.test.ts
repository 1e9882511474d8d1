import t from 'tap'
import { sampleConsent } from '../../support/samples.ts'
import { done, ready } from '../offers/ready.ts'

const notes = 'ZZ what a clinician heard as a mentor'

/** A pair whose mentor is a clinician, under a consent that covers the notes. */
async function withClinician(t: Parameters<typeof ready>[0], employs: 'clinic' | 'otherClinic' | undefined) {
  const world = await ready(t)
  const { mentor, accepted, paired, contact, clinic, stored } = world
  const by = await mentor({
    type: 'clinician_with_lived_experience',
    employerIds: employs ? [world.world[employs].organizationId] : [],
  })
  const { dataClasses } = sampleConsent()
  const referralId = await accepted({
    preferences: {},
    consent: sampleConsent({ dataClasses: [...dataClasses, 'contact_notes'] }),
  })
  const mentorshipId = await paired(referralId, by)
  await done(contact(mentorshipId, { summary: notes, needs: ['housing'], minutes: 30 }))
  const contacts = async (api = clinic) => (await api.get(`/v1/mentorships/${mentorshipId}/contacts`)).body
  const ledger = () =>
    stored<{ classes: string[] }>(
      `select data_classes as classes from disclosures where subject_id = $1 order by id desc limit 1`,
      [mentorshipId],
    )
  return { ...world, by, referralId, mentorshipId, contacts, ledger }
}

// If this failed, a clinician's employer would read what they wrote as a mentor.
t.test(
  'a clinician’s notes as a mentor are not their employer’s to read, whatever the consent says',
  async (t) => {
    const { contacts, operator, ledger } = await withClinician(t, 'clinic')
    const seen = await contacts()
    t.match(seen.data, [{ result: 'two_way', minutes: 30, mentorType: 'clinician_with_lived_experience' }])
    t.notMatch(JSON.stringify(seen), /ZZ|housing/)
    t.match(seen.redacted, ['contact_notes'], 'the answer says what it leaves out')
    t.notMatch(
      await ledger(),
      [{ classes: ['contact_summary', 'contact_notes'] }],
      'and the ledger what was disclosed',
    )
    t.match((await contacts(operator)).data, [{ summary: notes }], 'their own organization keeps them')
  },
)

t.test('to a clinic that does not employ the mentor the consent opens the notes', async (t) => {
  for (const employer of [undefined, 'otherClinic'] as const) {
    const { contacts, ledger } = await withClinician(t, employer)
    t.match((await contacts()).data, [{ summary: notes, needs: ['housing'] }])
    t.match(await ledger(), [{ classes: ['contact_summary', 'contact_notes'] }])
  }
})

t.test('what comes next for the person, in the mentor’s words, is a note too', async (t) => {
  const { mentorshipId, operator, clinic } = await withClinician(t, 'clinic')
  await done(
    operator.post(`/v1/mentorships/${mentorshipId}/close`, {
      outcome: 'planned_end',
      nextSupport: 'ZZ a group in her street',
    }),
  )
  const seen = (await clinic.get(`/v1/mentorships/${mentorshipId}`)).body
  t.match(seen, { status: 'closed', outcome: 'planned_end' })
  t.notMatch(JSON.stringify(seen), /ZZ/)
})

t.test('an employer who comes later does not read them either', async (t) => {
  const { contacts, by, patchMentor, world } = await withClinician(t, undefined)
  t.match((await contacts()).data, [{ summary: notes }])
  t.equal((await patchMentor(by, { employerIds: [world.clinic.organizationId] })).status, 200)
  t.notMatch(JSON.stringify(await contacts()), /ZZ|housing/)
})

t.test(
  'nowhere else do the notes reach the employer: not in the timeline, the engagement, events or history',
  async (t) => {
    const { clinic, referralId, stored } = await withClinician(t, 'clinic')
    const paths = ['', '/engagement', '/history', '/timeline'].map(
      (path) => `/v1/referrals/${referralId}${path}`,
    )
    const answers = await Promise.all(paths.map((path) => clinic.get(path)))
    t.notMatch(JSON.stringify(answers.map(({ body }) => body)), /ZZ|housing/)
    t.notMatch(JSON.stringify(await stored('select codes from events')), /ZZ|housing/)
  },
)

t.test('every contact says in what role it was made', async (t) => {
  const { contacts, operator, mentorshipId, contact } = await withClinician(t, 'otherClinic')
  await done(contact(mentorshipId, { result: 'no_answer' }))
  for (const { mentorType } of [...(await contacts()).data, ...(await contacts(operator)).data])
    t.equal(mentorType, 'clinician_with_lived_experience')
})
