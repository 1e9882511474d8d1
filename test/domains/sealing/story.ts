import type { Test } from 'tap'
import { sampleConsent, samplePatient } from '../../support/samples.ts'
import type { Started } from '../../support/service.ts'
import { ready } from '../offers/ready.ts'

export const mark = 'Zyxmark'

export const phone = '+15550199887'
export const birthDate = '1937-02-03'

export type Story = Awaited<ReturnType<typeof marked>>

/** A whole story in which every name, number and word of a person carries a mark. */
export async function marked(t: Test) {
  const started = await ready(t)
  const { clinic, operator, world, time } = started
  const identifier = { system: 'https://clinic.example/mrn', value: `${mark}-MRN` }
  const patient = samplePatient({
    identifier,
    name: `${mark} Patient`,
    birthDate,
    postalCode: `${mark}`,
    contactPoints: [{ system: 'phone', value: phone, permissions: ['call'], preferred: true }],
  })
  const referral = await done(
    clinic.post(
      '/v1/referrals',
      {
        placerId: 'EHR-ORDER-1',
        patient,
        programId: world.programId,
        reason: ['transition_of_care'],
        priority: 'urgent',
        consent: sampleConsent(),
        note: `${mark} note`,
      },
      { 'idempotency-key': 'marked' },
    ),
  )
  const id: string = referral.id
  await done(operator.post(`/v1/referrals/${id}/accept`, {}))
  const mentorId = await started.mentor({
    displayName: `${mark} Mentor`,
    experienceStatement: `${mark} experience`,
    boundaries: `${mark} boundaries`,
    postalCode: mark,
    supervisorName: `${mark} Supervisor`,
  })
  const firstOffer = await done(started.offer(id, mentorId))
  await done(operator.post(`/v1/offers/${firstOffer.id}/decline`, { reason: `${mark} declined` }))
  const mentorshipId = await started.paired(id, await started.mentor({ displayName: `${mark} Second` }))
  const contact = await done(started.contact(mentorshipId, { summary: `${mark} summary` }))
  const corrected = { summary: `${mark} corrected` }
  await done(operator.post(`/v1/contacts/${contact.id}/correct`, corrected))
  await done(
    operator.post(`/v1/mentorships/${mentorshipId}/agreements`, {
      goals: [`${mark} goal`],
      frequency: `${mark} weekly`,
      hours: `${mark} evenings`,
      emergencyPlan: `${mark} plan`,
    }),
  )
  await done(
    operator.post(`/v1/mentors/${mentorId}/screenings`, {
      kind: 'interview',
      resultClass: 'clear',
      decision: 'eligible',
      decidedBy: `${mark} Decider`,
      rationale: `${mark} rationale`,
      performedOn: '2026-11-02',
    }),
  )
  await done(
    operator.post(`/v1/mentors/${mentorId}/credentials`, {
      code: 'cprs',
      issuer: 'Sample Certification Board',
      number: `${mark}-77`,
      issuedOn: '2026-01-02',
      verification: 'document_seen',
      verifiedOn: '2026-11-02',
      verifiedBy: `${mark} Verifier`,
    }),
  )
  await done(
    operator.post('/v1/supervision-sessions', {
      mentorIds: [mentorId],
      at: time.now().toISOString(),
      kind: 'individual',
      minutes: 50,
      supervisorName: `${mark} Supervisor`,
      actions: `${mark} actions`,
    }),
  )
  /** Ends what is open, with more words. */
  async function end() {
    await done(
      operator.post(`/v1/mentorships/${mentorshipId}/close`, {
        outcome: 'goals_met',
        nextSupport: `${mark} next`,
      }),
    )
    await done(
      operator.post(`/v1/mentorships/${mentorshipId}/closing-voices`, {
        voice: 'patient',
        text: `${mark} voice`,
      }),
    )
    const other = await done(
      clinic.post('/v1/referrals', {
        placerId: 'EHR-ORDER-2',
        patientId: referral.patientId,
        consentId: referral.consentId,
        programId: world.programId,
        reason: ['transition_of_care'],
        priority: 'routine',
      }),
    )
    await done(
      clinic.post(`/v1/referrals/${other.id}/cancel`, {
        reason: 'requester_withdrew',
        text: `${mark} cancelled`,
      }),
    )
  }
  return {
    ...started,
    referral,
    id,
    mentorId,
    mentorshipId,
    contactId: contact.id as string,
    identifier,
    end,
  }
}

async function done(answer: Promise<Awaited<ReturnType<Awaited<ReturnType<Started['as']>>['get']>>>) {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

/** Every row of every table of every schema, as text. */
export async function dumped({ stored }: Pick<Started, 'stored'>): Promise<{ table: string; row: string }[]> {
  const tables = await stored<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('information_schema') and n.nspname !~ '^pg_'`)
  const rows: { table: string; row: string }[] = []
  // One after the other: each look has a connection of its own, and there are more tables than a server takes.
  for (const { name } of tables)
    for (const { row } of await stored<{ row: string }>(`select t::text as row from ${name} t`))
      rows.push({ table: name, row })
  return rows
}
