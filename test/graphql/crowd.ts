import type { Test } from 'tap'
import { done, ready } from '../domains/offers/ready.ts'
import { operationOf, shownBody } from '../support/contract.ts'
import { graphOf } from '../support/graphql.ts'
import { spokenDisclosure } from '../support/grounds.ts'

const shown = (operationId: string) => shownBody(operationOf(operationId))

/** Many of everything that pages lead to: people with mentors, and what is kept of each. */
export async function crowd(t: Test, many: number) {
  const started = await ready(t)
  const { world, clinic, operator, as, accepted, matched, contact, time, settle } = started
  const office = await as(world.admin)
  await done(
    operator.post('/v1/mentor-requirements', {
      item: 'credential',
      code: 'sample_0',
      mentorTypes: ['family_peer'],
    }),
  )
  for (let index = 0; index < many; index += 1) {
    const { mentorId, mentorshipId, referralId } = await matched()
    const { body: made } = await contact(mentorshipId, { introducesMentorId: mentorId })
    await done(operator.post(`/v1/contacts/${made.id}/correct`, { mode: 'video' }))
    await done(operator.post(`/v1/mentorships/${mentorshipId}/agreements`, { goals: ['Sample'] }))
    const { patientId } = (await clinic.get(`/v1/referrals/${referralId}`)).body
    const patient = `/v1/patients/${patientId}`
    const ofMentor = `/v1/mentors/${mentorId}`
    const program = await done(
      operator.post('/v1/programs', { name: `Sample Line ${index}`, modes: ['phone'], languages: ['en'] }),
    )
    await Promise.all([
      done(clinic.post(`${patient}/restrictions`, { dataClasses: ['incident'], text: 'Sample' })),
      done(clinic.post(`${patient}/legal-holds`, { reason: 'Sample' })),
      done(
        clinic.post(`${patient}/treating-relationships`, {
          treatingOrganizationId: world.admin.organizationId,
        }),
      ),
      done(clinic.post(`${patient}/accounting-requests`, { from: '2026-01-01' })),
      done(clinic.post('/v1/disclosures', spokenDisclosure(patientId))),
      done(clinic.post(`${patient}/emergency-disclosures`, shown('emergencies.open'))),
      done(
        clinic.post('/v1/agreements', {
          kind: 'qsoa',
          counterpartyOrganizationId: world.admin.organizationId,
          justification: 'Sample',
          signedOn: '2026-11-01',
        }),
      ),
      done(operator.post(`${ofMentor}/screenings`, shown('screenings.record'))),
      done(
        operator.post(`${ofMentor}/credentials`, {
          ...shown('credentials.record'),
          issuedOn: '2026-01-01',
          expiresOn: '2027-02-01',
        }),
      ),
      accepted(),
      done(operator.post(`${ofMentor}/conflicts`, { patientId, kind: 'small_community' })),
      done(
        operator.post('/v1/supervision-sessions', {
          ...shown('supervisionSessions.record'),
          mentorIds: [mentorId],
        }),
      ),
      done(operator.post('/v1/matching-runs', { programId: program.id })),
      done(
        office.post('/v1/organizations', {
          name: `Sample Clinic ${index}`,
          kind: 'hospital',
          timeZone: 'America/Denver',
        }),
      ),
    ])
  }
  for (let index = 0; index < many; index += 1)
    await done(
      operator.post('/v1/mentor-requirements', {
        item: 'credential',
        code: `sample_${index + 1}`,
        mentorTypes: ['peer_certified'],
      }),
    )
  await settle()
  // Until supervision and calls are due.
  time.forward({ days: 45 })
  return { ...started, callers: [graphOf(operator), graphOf(clinic), graphOf(office)] }
}
