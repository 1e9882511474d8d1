import type { Test } from 'tap'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { onboard } from '../../support/clinicians.ts'
import { sampleMentor, samplePatient, sampleReferral } from '../../support/samples.ts'
import { type Answer, startService } from '../../support/service.ts'

/** Clinic, operator and their people in few words, with every promise about a standing pair at hand as one question. */
export async function ready(t: Test, options: Parameters<typeof startService>[1] = {}) {
  const started = await startService(t, options)
  const { service, time, stored } = started
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)

  const referred = async (changes: object = {}) =>
    (await done(clinic.post('/v1/referrals', sampleReferral(world.programId, changes)))).id as string
  const accepted = async (changes: object = {}) => {
    const id = await referred(changes)
    await done(operator.post(`/v1/referrals/${id}/accept`, {}))
    return id
  }
  /** A person whose details differ from the sample's; the changes are theirs. */
  const person = (changes: object, more: object = {}) =>
    accepted({ patient: samplePatient(changes), ...more })
  const applicant = async (changes: object = {}) =>
    (await done(operator.post('/v1/mentors', sampleMentor(changes)))).id as string
  const become = (id: string, status: string, more: object = {}) =>
    operator.post(`/v1/mentors/${id}/status`, { status, ...more })
  const mentor = async (changes: object = {}) => {
    const id = await applicant(changes)
    await done(become(id, 'active'))
    // Employed by another clinic than the one that refers, so that its own panels stay its own.
    const { type, employerIds } = changes as { type?: string; employerIds?: string[] }
    const employer = employerIds?.includes(world.clinic.organizationId) ? world.clinic : world.otherClinic
    if (type?.startsWith('clinician_'))
      await onboard({ operator, clinic: await started.as(employer), world, employer }, id)
    return id
  }
  const getMentor = async (id: string) => (await operator.get(`/v1/mentors/${id}`)).body
  /** With the version that is there now. */
  const patchMentor = async (id: string, changes: object) => {
    const { version } = await getMentor(id)
    return operator.patch(`/v1/mentors/${id}`, changes, { 'if-match': `"v${version}"` })
  }
  const offer = (id: string, mentorId: string, more: object = {}) =>
    operator.post(`/v1/referrals/${id}/offers`, { mentorId, ...more })
  const auto = (id: string, more: object = {}) =>
    operator.post(`/v1/referrals/${id}/offers`, { auto: true, ...more })
  const accept = (offerId: string) => operator.post(`/v1/offers/${offerId}/accept`, {})
  const decline = (offerId: string) => operator.post(`/v1/offers/${offerId}/decline`, {})
  const offersOf = async (id: string) => (await operator.get(`/v1/referrals/${id}/offers`)).body.data
  const paired = async (referralId: string, mentorId: string, more: object = {}) => {
    const { id } = await done(offer(referralId, mentorId, more))
    return (await done(accept(id))).mentorshipId as string
  }
  const matched = async (mentorId?: string) => {
    const referralId = await accepted()
    const by = mentorId ?? (await mentor())
    return { referralId, mentorId: by, mentorshipId: await paired(referralId, by) }
  }
  const contact = (mentorshipId: string, changes: object = {}) =>
    operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
      at: time.now().toISOString(),
      mode: 'phone',
      result: 'two_way',
      ...changes,
    })
  const mentorship = async (id: string) => (await operator.get(`/v1/mentorships/${id}`)).body
  const referral = async (id: string) => (await clinic.get(`/v1/referrals/${id}`)).body
  const candidates = (id: string, query = '') => operator.get(`/v1/referrals/${id}/candidates${query}`)

  /** As the clock of the service does it, again and again. */
  const sweep = async (name = 'offers.expire') => {
    const found = sweeps.find((one) => one.name === name)
    if (!found) throw new Error(`There is no sweep ${name}`)
    await runSweep(found, { service, time, log: silent })
  }

  /** Every broken promise that can be read from the rows as they are, by name; empty when all are kept. */
  const broken = async () => (await stored<{ what: string }>(brokenPromises)).map(({ what }) => what)

  return {
    ...started,
    world,
    clinic,
    operator,
    referred,
    accepted,
    person,
    applicant,
    become,
    mentor,
    getMentor,
    patchMentor,
    offer,
    auto,
    accept,
    decline,
    offersOf,
    paired,
    matched,
    contact,
    mentorship,
    referral,
    candidates,
    sweep,
    broken,
  }
}

const ignore = () => {}
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** The body of an answer that must be a success. */
export async function done(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body
}

export const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort()

const brokenPromises = `
  with living as (select * from mentorships where status <> 'closed'),
       running as (
         select r.id, r.status, c.id as clock_id, c.action, c.owner_role, c.owner_organization_id
         from referrals r left join clocks c on c.network_id = r.network_id and c.id = r.clock_id and c.stopped_at is null
         where r.open
       )
  select 'an open referral is without owner, next action and clock' as what
    from running where clock_id is null or owner_organization_id is null
  union all
  select 'a mentorship lives under a closed referral'
    from living l join referrals r on r.id = l.referral_id where not r.open
  union all
  select 'a referral has two living mentorships' from living group by referral_id having count(*) > 1
  union all
  select 'a mentor''s load is not the sum of what they carry: ' || m.load || ' of ' || coalesce(sum(l.weight), 0)
    from mentors m left join living l on l.mentor_id = m.id
    group by m.id, m.load having m.load <> coalesce(sum(l.weight), 0)
  union all
  select 'a mentor carries more than they have room for' from mentors where load > capacity
  union all
  select 'a mentor who is away holds a clock'
    from living l join mentors m on m.id = l.mentor_id join running r on r.id = l.referral_id
    where m.status <> 'active' and r.action in ('attempt_first_contact', 'reach_person', 'keep_contact')
  union all
  select 'a mentor who is away is asked'
    from offers o join mentors m on m.id = o.mentor_id where o.status = 'pending' and m.status <> 'active'
  union all
  select 'the mentor of a person is away and nobody looks for the next: ' || r.action
    from living l join mentors m on m.id = l.mentor_id join running r on r.id = l.referral_id
    where m.status <> 'active' and l.status = 'active' and r.status <> 'on_hold'
      and r.action not in ('reassign_mentor', 'answer_offer')
  union all
  select 'a mentor is looked for, for somebody who has one: ' || r.action
    from living l join mentors m on m.id = l.mentor_id join running r on r.id = l.referral_id
    where m.status = 'active' and l.status = 'active' and l.reassign_since is null and r.status <> 'on_hold'
      and r.action in ('offer_mentor', 'reassign_mentor')
  union all
  select 'an answer is waited for and nobody was asked'
    from running r where r.action = 'answer_offer'
      and not exists (select from offers o where o.referral_id = r.id and o.status = 'pending')
  union all
  select 'somebody was asked who can no longer say yes'
    from offers o join living l on l.referral_id = o.referral_id
    where o.status = 'pending' and l.reassign_since is null and o.hands_over_id is distinct from l.id
  union all
  select 'somebody is asked for a referral that is not matched'
    from offers o join referrals r on r.id = o.referral_id
    where o.status = 'pending' and r.status not in ('accepted', 'in_progress')`
