import { createHash } from 'node:crypto'
import { dayMs } from './plan.mjs'
import { createRandom, weighted } from './random.mjs'
import { climbsAt, clockRules, createKeyring, dueAt, endOfDate, engagementRules, hashSecret, ladder, masterKeyOf, nextTurn, panelForm, panelHash, panelKeyOf, scopes, secretOf } from './service.mjs'

/** Tables and the columns that are written; what is left out keeps its default. */
export const columns = {
  networks: 'id name created_at',
  organizations: 'network_id id name kind time_zone created_at updated_at',
  programs: 'network_id id organization_id name modes languages cadence created_at updated_at',
  api_clients: 'network_id id organization_id name scopes created_at updated_at',
  client_secrets: 'network_id id organization_id client_id hash created_at',
  mentor_requirements: 'network_id id organization_id mentor_types item code valid_months least_verification created_at updated_at',
  mentors:
    'network_id id organization_id display_name type status status_reason languages modes substances pathways time_zone availability service_area capacity load experience_statement recovery_band life_situations interests demographics releases must_not boundaries postal_code employer_ids practitioner_references activated_at supervised_at supervision_due_at created_at updated_at',
  mentor_screenings: 'network_id id organization_id mentor_id kind result_class decision decided_by performed_on created_at updated_at',
  mentor_credentials:
    'network_id id organization_id mentor_id code issuer issued_on expires_on verification verified_on verified_by status created_at updated_at',
  patients: 'network_id id organization_id reader_ids name birth_date language time_zone postal_code contact_points created_at updated_at',
  patient_identifiers: 'network_id organization_id system value patient_id',
  panel_entries: 'network_id organization_id practitioner_reference hash uploaded_at',
  conflict_declarations: 'network_id id organization_id mentor_id patient_id kind declared_by created_at updated_at',
  consents:
    'network_id id organization_id reader_ids patient_id kind status patient_name_as_signed both_directions data_classes information_description purposes expires_on right_to_revoke redisclosure_potential refusal_consequences revocation_instructions signatures signed_on document_sha256 created_at updated_at',
  consent_parties: 'network_id consent_id organization_id reader_ids position role designation party_organization_id patient_id',
  referrals:
    'network_id id organization_id reader_ids receiving_organization_id program_id patient_id consent_id placer_id status business_status status_reason outcome priority reasons preferences note resume_by clock_id accepted_at closed_at version created_at updated_at',
  referral_transitions: 'network_id id organization_id reader_ids referral_id at command from_status status business_status reason actor_organization_id patient_id',
  clocks:
    'network_id id organization_id reader_ids subject_type subject_id action owner_organization_id owner_role rule_set started_at due_at stopped_at step next_step_at',
  offers:
    'network_id id organization_id referral_id mentor_id status chosen_by score rule_set mentorship_id expires_at answered_at version created_at updated_at patient_id',
  mentorships:
    'network_id id organization_id reader_ids referral_id patient_id mentor_id mentor_type status cadence rhythm_from started_at paused_at resume_by resumed_at closed_at outcome next_support intensity planned_end_on review_due_on continuity_of_id reassign_since withheld_from_ids created_at updated_at',
  mentorship_pauses: 'network_id id organization_id reader_ids mentorship_id referral_id began_at ended_at',
  contacts:
    'network_id id organization_id reader_ids mentorship_id referral_id patient_id at mode direction result minutes summary recorded_by recorded_at mentor_id mentor_type needs',
  engagement_states: 'network_id referral_id organization_id reader_ids status rule_set since changed_at due_at',
  engagement_changes: 'network_id id organization_id reader_ids referral_id at from_status status since rule_set reasons',
}

const at = (ms) => new Date(Math.floor(ms))
const dateOf = (ms) => at(ms).toISOString().slice(0, 10)

/** The rows of a plan, table by table; `rows.<table>(values)` takes one. */
export function* directoryRows(plan, rows) {
  const { networkId, hub, clinics, operators, seed } = plan
  const keyring = createKeyring(masterKeyOf(seed))
  rows.networks([networkId, 'Sample Network of the Bench', at(hub.createdAt)])
  const clinicScopes = scopes.filter((scope) => !/^(mentors|matching|clients|network):/.test(scope))
  const operatorScopes = scopes.filter((scope) => !/^(clients|network):/.test(scope))
  for (const organization of [hub, ...clinics, ...operators]) {
    const { id, name, kind, zone, createdAt, clientId } = organization
    const made = at(createdAt)
    rows.organizations([networkId, id, name, kind, zone, made, made])
    const granted = organization === hub ? scopes : organization.programs ? operatorScopes : clinicScopes
    rows.api_clients([networkId, clientId, id, `${name} system`, [...granted], made, made])
    rows.client_secrets([networkId, clientId, id, clientId, hashSecret(keyring, secretOf(seed, clientId)), made])
  }
  const random = createRandom(seed, 'requirements')
  for (const { id, createdAt, programs } of operators) {
    const made = at(createdAt)
    for (const program of programs)
      rows.programs([networkId, program.id, id, program.name, ['phone', 'video', 'text', 'in_person', 'chat', 'group'], ['en', 'es'], program.cadence, made, made])
    rows.mentor_requirements([networkId, random.id(createdAt), id, [], 'screening', 'background_check', 24, null, made, made])
    rows.mentor_requirements([networkId, random.id(createdAt), id, ['peer_certified'], 'credential', 'cprs', null, 'document_seen', made, made])
  }
  yield
}

export function* mentorRows({ networkId, mentors, clinics, seed, asOf }, rows) {
  const random = createRandom(seed, 'papers')
  const now = asOf.getTime()
  for (const [index, mentor] of mentors.entries()) {
    const { id, operator, type, createdAt, activatedAt, supervisedAt } = mentor
    const made = at(createdAt)
    const employer = mentor.clinician ? random.one(clinics) : undefined
    rows.mentors([
      networkId, id, operator.id, `Sample Mentor ${index + 1}`, type, mentor.status, mentor.status === 'paused' ? 'leave' : null,
      mentor.languages, mentor.modes, mentor.substances, mentor.pathways, mentor.timeZone, mentor.availability, mentor.serviceArea,
      mentor.capacity, mentor.load, mentor.experienceStatement, mentor.recoveryBand, mentor.lifeSituations, mentor.interests,
      mentor.demographics, mentor.releases, mentor.mustNot, mentor.boundaries, mentor.postalCode,
      employer ? [employer.id] : [], employer ? [practitioner(random.below(practitionersOfClinic))] : [],
      activatedAt && at(activatedAt), supervisedAt && at(supervisedAt), mentor.supervisionDueAt, made, activatedAt ? at(activatedAt) : made,
    ])
    if (activatedAt === null) continue
    const checkedAt = Math.max(createdAt, now - random.between(0, 745) * dayMs)
    rows.mentor_screenings([
      networkId, random.id(checkedAt), operator.id, id, 'background_check', 'clear', 'eligible', 'Sample Coordinator', dateOf(checkedAt), at(checkedAt), at(checkedAt),
    ])
    for (const kind of ['interview', 'reference'])
      if (random.chance(0.5)) rows.mentor_screenings([networkId, random.id(createdAt), operator.id, id, kind, 'clear', 'eligible', 'Sample Coordinator', dateOf(createdAt), made, made])
    if (type === 'peer_certified') {
      const issuedAt = now - random.between(1, 745) * dayMs
      rows.mentor_credentials([
        networkId, random.id(createdAt), operator.id, id, 'cprs', 'Sample State Board', dateOf(issuedAt), dateOf(issuedAt + 730 * dayMs),
        'document_seen', dateOf(issuedAt), 'Sample Coordinator', 'active', at(issuedAt), at(issuedAt),
      ])
    }
    yield
  }
}

const practitionersOfClinic = 40
const practitioner = (number) => `http://hl7.org/fhir/sid/us-npi|99${String(number).padStart(8, '0')}`
const mrn = 'https://clinic.example/mrn'

export function* patientRows({ networkId, patients, seed }, rows) {
  const key = panelKeyOf({ keyring: createKeyring(masterKeyOf(seed)), networkId })
  const random = createRandom(seed, 'panels')
  for (const patient of patients) {
    const { id, clinic, number, readers, birthDate, createdAt } = patient
    const name = `Sample Patient ${number}`
    const made = at(createdAt)
    rows.patients([
      networkId, id, clinic.id, [...readers], name, birthDate, patient.language, patient.timeZone, patient.postalCode,
      JSON.stringify(patient.contactPoints), made, made,
    ])
    rows.patient_identifiers([networkId, clinic.id, mrn, `SAMPLE-${number}`, id])
    if (random.chance(0.1))
      rows.panel_entries([networkId, clinic.id, practitioner(random.below(practitionersOfClinic)), panelHash(key, panelForm(name, birthDate)), made])
    yield
  }
}

const results = weighted([['two_way', 66], ['no_answer', 14], ['voicemail', 8], ['message_left', 6], ['no_show', 3], ['cancelled_by_person', 2], ['cancelled_by_mentor', 1]])
const contactModes = weighted([['phone', 58], ['video', 16], ['text', 14], ['in_person', 12]])
const needs = ['housing', 'transport', 'employment', 'health_care', 'legal', 'benefits']
const summary = 'Sample summary: we talked about the week, about sleep and about the meeting on Thursday. Next call as agreed.'
const dataClasses = ['identity', 'contact', 'referral_reason', 'referral_status', 'engagement_status', 'contact_summary']
const { eng1, movesAt, standingAt } = engagementRules

/** One referral with all that belongs to it. */
export function* storyRows(plan, rows) {
  const random = createRandom(plan.seed, 'rows')
  for (const [index, story] of plan.stories.entries()) {
    writeStory(plan, random, rows, story, index + 1)
    yield
  }
}

function writeStory({ networkId, asOf }, random, rows, story, number) {
  const { id, clinic, operator, patient, priority, consentId, createdAt } = story
  const now = asOf.getTime()
  const deadlines = { timeZone: operator.zone, calendar: {}, spans: {} }
  writeConsent(networkId, rows, story, now)

  const chain = createChain({ networkId, random, rows, story, now })
  const coordinator = (action) => ({ action, ownerRole: 'coordinator', due: (from) => dueAt(action, priority, from, deadlines) })
  chain.step(createdAt, 'request', 'requested', 'received', coordinator('acknowledge'))
  if (story.acceptedAt !== null) chain.step(story.acceptedAt, 'accept', 'accepted', 'awaiting_match', coordinator('offer_mentor'))
  for (const offer of story.offers) {
    chain.step(offer.at, 'offer', 'accepted', 'offered_to_mentor', { action: 'answer_offer', ownerRole: 'mentor', due: () => at(offer.expiresAt) })
    if (offer.status === 'declined' || offer.status === 'expired')
      chain.step(offer.answeredAt, offer.status === 'declined' ? 'decline_offer' : 'offer_expired', 'accepted', 'awaiting_match', coordinator('offer_mentor'))
    const first = offer.status === 'accepted' ? story.mentorships[0]?.id : null
    rows.offers([
      networkId, offer.id, operator.id, id, offer.mentor.id, offer.status, random.chance(0.5) ? 'automatic' : 'coordinator',
      Math.round(random.between(0.4, 0.98) * 1e4) / 1e4, 'match-1', first, at(offer.expiresAt), offer.answeredAt === null ? null : at(offer.answeredAt),
      offer.answeredAt === null ? 1 : 2, at(offer.at), at(offer.answeredAt ?? offer.at), patient.id,
    ])
  }
  const told = story.mentorships.map((mentorship, n) => writeMentorship({ networkId, asOf, random, rows, story, chain, deadlines }, mentorship, n))
  if (story.hold) {
    const { from, resumeBy, reason } = story.hold
    chain.step(from, 'hold', 'on_hold', 'on_hold', { action: 'review_hold', ownerRole: 'coordinator', due: () => endOfDate(resumeBy, operator.zone) }, reason)
  }
  if (story.ending) end(chain, story, told)
  for (const [n, { mentorship }] of told.entries()) writeMentorshipRow(networkId, rows, story, mentorship, n)
  const { status, businessStatus, reason, outcome, clockId, version, updatedAt } = chain.finish()
  rows.referrals([
    networkId, id, clinic.id, [operator.id], operator.id, story.program.id, patient.id, consentId, `SAMPLE-ORDER-${number}`,
    status, businessStatus, reason, outcome, priority, story.reasons, story.preferences, number % 5 === 0 ? 'Sample note: prefers calls after work.' : null,
    status === 'on_hold' ? story.hold.resumeBy : null, clockId, story.acceptedAt && at(story.acceptedAt), story.ending && at(story.ending.at), version,
    at(createdAt), at(updatedAt),
  ])
  if (number % 40 === 0) {
    const { mentors } = operator
    rows.conflict_declarations([networkId, random.id(createdAt), operator.id, random.one(mentors).id, patient.id, random.one(['family', 'employer', 'sponsor', 'landlord']), 'mentor', at(createdAt), at(createdAt)])
  }
  writeEngagement({ networkId, asOf, random, rows, story }, told)
}

function writeConsent(networkId, rows, { id, clinic, operator, patient, consentId, createdAt, ending }, now) {
  const readers = [operator.id]
  const name = `Sample Patient ${patient.number}`
  const made = at(createdAt)
  // Signed for a year, and again in time by whoever is still accompanied.
  const years = ending === null && now - createdAt > 350 * dayMs ? 2 : 1
  rows.consents([
    networkId, consentId, clinic.id, readers, patient.id, 'specific_disclosure', 'active', name, true, dataClasses,
    'That I was referred to a mentor, how to reach me, and whether we are in contact.', ['treatment'], dateOf(createdAt + years * 365 * dayMs), true, true, true,
    'Write to the front desk of Sample Clinic.',
    JSON.stringify([{ role: 'patient', name, method: 'electronic', signedAt: made.toISOString() }]), dateOf(createdAt),
    createHash('sha256').update(id).digest('hex'), made, made,
  ])
  rows.consent_parties([networkId, consentId, clinic.id, readers, 0, 'discloser', 'named', clinic.id, patient.id])
  rows.consent_parties([networkId, consentId, clinic.id, readers, 0, 'recipient', 'named', operator.id, patient.id])
}

/** The referral's history: each step is a transition, stops the clock that runs and starts the next. */
function createChain({ networkId, random, rows, story, now }) {
  const { id, clinic, operator, patient } = story
  let running = null
  let version = 0
  let last = { status: null }
  const clockRow = ({ clockId, action, ownerRole, startedAt }, due, stoppedAt, step, next) =>
    rows.clocks([
      networkId, clockId, clinic.id, [operator.id], 'referral', id, action, operator.id, ownerRole, clockRules, at(startedAt), due, stoppedAt, step, next,
    ])
  /** Deadlines of clocks that have stopped are of no consequence: two days each, so that no calendar is asked. */
  function stop(when) {
    if (!running) return
    const due = at(running.startedAt + 2 * dayMs)
    clockRow(running, due, at(when), 0, at((running.startedAt + due.getTime()) / 2))
    running = null
  }
  return {
    step(when, command, status, businessStatus, turn, reason = null, outcome = null) {
      stop(when)
      version += 1
      rows.referral_transitions([
        networkId, random.id(when), clinic.id, [operator.id], id, at(when), command, last.status, status, businessStatus, reason,
        command === 'request' ? clinic.id : operator.id, patient.id,
      ])
      last = { status, businessStatus, reason, outcome, at: when }
      if (turn) running = { ...turn, clockId: random.id(when), startedAt: when }
    },
    finish() {
      const state = { ...last, updatedAt: last.at, version, clockId: running?.clockId ?? null }
      if (!running) return state
      const due = running.due(at(running.startedAt))
      let step = 0
      let { ownerRole } = running
      for (; step < ladder.length && climbsAt(step, at(running.startedAt), due) <= now; step += 1) ownerRole = ladder[step].ownerRole ?? ownerRole
      clockRow({ ...running, ownerRole }, due, null, step, climbsAt(step, at(running.startedAt), due))
      return state
    },
  }
}

function writeMentorship({ networkId, asOf, random, rows, story, chain, deadlines }, mentorship, n) {
  const { id, clinic, operator, patient, priority } = story
  const { mentor, startedAt, pauses, cadence, status, reassignSince } = mentorship
  const now = asOf.getTime()
  const resumedAt = resumedAtOf(mentorship)
  const resumeBy = mentorship.resumeBy ?? null
  const living = { status, cadence, resumeBy, reassignSince: reassignSince && at(reassignSince), startedAt: at(startedAt), rhythmFrom: at(startedAt), resumedAt: resumedAt && at(resumedAt) }
  const evidence = { twoWayContacts: 0, attempts: 0, modes: 2, firstAttemptAt: null, lastAttemptAt: null, lastTwoWayAt: null }
  // The deadline is worked out only for the clock that runs now; the others need to know whose turn it was.
  const turn = (action) => {
    const known = { ...evidence }
    return {
      action,
      ownerRole: action.startsWith('review') || action.startsWith('reassign') ? 'coordinator' : 'mentor',
      due: (from) => nextTurn({ priority, deadlines, receivingOrganizationId: operator.id, living, evidence: known }, from).dueAt,
    }
  }
  chain.step(startedAt, n === 0 ? 'start_mentorship' : 'hand_over', n === 0 ? 'accepted' : 'in_progress', 'awaiting_first_contact', turn('attempt_first_contact'))
  const contacts = []
  const times = timesOf(random, mentorship)
  const latest = times.at(-1)
  for (const when of times) {
    const opening = contacts.length === 0 && story.ending?.reason !== 'lost_contact'
    const lost = story.ending?.reason === 'lost_contact' && n === 0 && contacts.length < 3
    let result = lost ? 'no_answer' : results(random)
    if ((opening && random.chance(0.5)) || (mentorship.stillTalks && when === latest && !lost)) result = 'two_way'
    const mode = contactModes(random)
    const recordedAt = Math.min(now, when + random.between(0, 0.1) * dayMs)
    contacts.push({ at: at(when), result })
    const spoke = result === 'two_way'
    rows.contacts([
      networkId, random.id(recordedAt), operator.id, [clinic.id], mentorship.id, id, patient.id, at(when), mode,
      random.chance(0.85) ? 'outgoing' : 'incoming', result, spoke ? 5 + random.below(55) : null, spoke && random.chance(0.6) ? summary : null,
      operator.clientId, at(recordedAt), mentor.id, mentor.type, spoke && random.chance(0.1) ? [random.one(needs)] : [],
    ])
    if (result === 'cancelled_by_mentor') continue
    evidence.attempts += 1
    if (spoke) Object.assign(evidence, { lastTwoWayAt: at(when), twoWayContacts: evidence.twoWayContacts + 1 })
    const talked = evidence.lastTwoWayAt !== null
    if (spoke || !talked)
      chain.step(when, 'record_contact', 'in_progress', talked ? 'contact_completed' : 'attempting_contact', turn(talked ? 'keep_contact' : 'reach_person'))
  }
  for (const { from, to } of pauses)
    rows.mentorship_pauses([networkId, random.id(from), operator.id, [clinic.id], mentorship.id, id, at(from), to && at(to)])
  if (status === 'paused') chain.step(pauses.at(-1).from, 'pause_mentorship', evidence.attempts > 0 ? 'in_progress' : 'accepted', 'on_hold', turn('review_pause'))
  if (reassignSince !== null) chain.step(reassignSince, 'mentor_paused', evidence.attempts > 0 ? 'in_progress' : 'accepted', 'awaiting_match', turn('reassign_mentor'))
  return { mentorship, contacts, evidence }
}

/** Written when the end of the story is known, which may be another than was planned. */
function writeMentorshipRow(networkId, rows, story, mentorship, n) {
  const { id, clinic, operator, patient } = story
  const { mentor, startedAt, closedAt, status, pauses, outcome } = mentorship
  const resumedAt = resumedAtOf(mentorship)
  rows.mentorships([
    networkId, mentorship.id, operator.id, [clinic.id], id, patient.id, mentor.id, mentor.type, status, mentorship.cadence, at(startedAt), at(startedAt),
    pauses.length > 0 ? at(pauses.at(-1).from) : null, mentorship.resumeBy ?? null, resumedAt && at(resumedAt), closedAt && at(closedAt),
    closedAt === null ? null : outcome, outcome === 'goals_met' ? 'Sample Alumni Group' : null, mentorship.intensity, dateOf(startedAt + 182 * dayMs),
    dateOf(startedAt + 91 * dayMs), n > 0 ? story.mentorships[n - 1].id : null, mentorship.reassignSince && at(mentorship.reassignSince), [],
    at(startedAt), at(closedAt ?? startedAt),
  ])
}

const resumedAtOf = ({ pauses }) => pauses.findLast(({ to }) => to !== null)?.to ?? null

/** Often at first, then more seldom. Whoever still talks did so within the interval that is usual by now. */
function timesOf(random, { startedAt, closedAt, talksUntil, contacts, pauses, cadence, stillTalks }) {
  const span = talksUntil - startedAt
  const first = Math.min(random.between(0.05, 2) * dayMs, span / 2)
  const latest = Math.max(startedAt + first, talksUntil - random.between(0, 1.15) * usualDays(cadence, span / dayMs) * dayMs)
  const times = Array.from({ length: contacts }, (_, n) => {
    if (n === 0) return startedAt + first
    if (n === 1 && closedAt === null && stillTalks) return latest
    return startedAt + first + random.unit() ** 1.6 * (span - first)
  })
  const paused = (when) => pauses.find(({ from, to }) => when >= from && (to === null || when < to))
  return times.map((when) => paused(when)?.to ?? (paused(when) ? paused(when).from - 1000 : when)).sort((a, b) => a - b)
}

const usualDays = (cadence, day) => (cadence !== 'stepped_default' ? 7 : day < 14 ? 3.5 : day < 84 ? 7 : day < 182 ? 14 : 30)

const failed = { lost_contact: 'unable_to_contact', transferred: 'moved_away' }

function end(chain, story, told) {
  const { at: when, command, reason } = story.ending
  const spoken = told.some(({ evidence }) => evidence.twoWayContacts > 0)
  if (command === 'reject') chain.step(when, 'reject', 'rejected', 'declined', null, reason)
  else if (command === 'cancel') chain.step(when, 'cancel', 'cancelled', 'cancelled', null, reason)
  else if (command === 'fail') chain.step(when, 'fail', 'failed', 'not_completed', null, reason)
  else if (spoken) chain.step(when, 'close_mentorship', 'completed', 'fulfilled', null, null, reason)
  else {
    // Nobody spoke with the person, so no goal was reached: what was planned as one was a loss of contact.
    const outcome = ['goals_met', 'planned_end'].includes(reason) ? 'lost_contact' : reason
    story.mentorships.at(-1).outcome = outcome
    chain.step(when, 'close_mentorship', 'failed', 'not_completed', null, failed[outcome] ?? outcome, outcome)
  }
}

/** The status of now and each one before it, by the service's own rules. */
function writeEngagement({ networkId, asOf, random, rows, story }, told) {
  const [operatorId, readers] = [story.operator.id, [story.clinic.id]]
  const facts = {
    requestedAt: at(story.createdAt),
    closedAt: story.ending && at(story.ending.at),
    holds: story.hold ? [{ from: at(story.hold.from), to: null }] : [],
    mentorships: told.map(({ mentorship, contacts }) => ({
      startedAt: at(mentorship.startedAt),
      cadence: mentorship.cadence,
      rhythmFrom: at(mentorship.startedAt),
      closedAt: mentorship.closedAt && at(mentorship.closedAt),
      pauses: mentorship.pauses.map(({ from, to }) => ({ from: at(from), to: to && at(to) })),
      reassignSince: mentorship.reassignSince && at(mentorship.reassignSince),
      outcome: mentorship.outcome,
      nextSupportSettled: true,
      contacts,
    })),
  }
  let from = null
  let changedAt = at(story.createdAt)
  let standing
  for (let when = at(story.createdAt); when !== null && when <= asOf; when = movesAt(facts, when, eng1)) {
    standing = standingAt(facts, when, eng1)
    changedAt = when
    if (standing.status === from) continue
    rows.engagement_changes([
      networkId, random.id(when.getTime()), operatorId, readers, story.id, when, from, standing.status, standing.since, eng1.name, JSON.stringify(standing.reasons),
    ])
    from = standing.status
  }
  standing = standingAt(facts, asOf, eng1)
  rows.engagement_states([networkId, story.id, operatorId, readers, standing.status, eng1.name, standing.since, changedAt, movesAt(facts, asOf, eng1)])
}
