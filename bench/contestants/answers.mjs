/**
 * What the floor and the peer answer with: the members that the service answers with, made of rows as PostgreSQL has
 * them. Nothing is decided here. The computing of an engagement is the service's own, so that all tell the same.
 */
import { uuidv7 } from 'uuidv7'

const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)
const { toEngagement } = await built('domains/engagement/view.js')
const { eng1 } = await built('domains/engagement/rules.js')
const { toDisclosure: attach } = await built('domains/disclosures/attached.js')

const instant = (value) => value && value.toISOString()
const date = (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value)

/** The notice, the consent and its scope, as they travel with another organization's data. */
export const toDisclosure = (id, consent, recipients, form) =>
  attach(
    id,
    {
      consent: {
        id: consent.id,
        documentSha256: consent.document_sha256,
        dataClasses: consent.data_classes,
        purposes: consent.purposes,
        expiresOn: date(consent.expires_on),
        recipients: recipients.map((name) => ({ name })),
      },
    },
    'treatment',
    form,
  )

/** `sealed` goes out as it is: who does no cryptography cannot open it. */
export const toReferral = (row, clock, disclosure) => ({
  id: row.id,
  placerId: row.placer_id,
  status: row.status,
  businessStatus: row.business_status,
  statusReason: row.status_reason == null ? null : { code: row.status_reason, text: row.status_reason_text },
  outcome: row.outcome ?? null,
  patientId: row.patient_id,
  programId: row.program_id,
  organizationId: row.organization_id,
  receivingOrganizationId: row.receiving_organization_id,
  reason: row.reasons,
  priority: row.priority,
  preferences: row.preferences,
  note: row.note ?? row.sealed?.note ?? null,
  consentId: row.consent_id,
  agreementId: row.agreement_id ?? null,
  replacesId: row.replaces_id ?? null,
  owner: clock && { organizationId: clock.owner_organization_id, role: clock.owner_role },
  nextAction: clock && { code: clock.action, dueAt: instant(clock.due_at) },
  resumeBy: date(row.resume_by) ?? null,
  version: row.version,
  createdAt: instant(row.created_at),
  updatedAt: instant(row.updated_at),
  ...(disclosure && { disclosure }),
})

/** All rows are of one referral; mentorships, contacts, pauses and turns of holds with the oldest first. */
export function toEngagementAnswer({ row, clock, mentorships, contacts, pauses, turns, rules, now, disclosure }) {
  const history = {
    holds: turns.flatMap(({ at, status }, index) => (status === 'on_hold' ? [{ from: at, to: turns[index + 1]?.at ?? null }] : [])),
    mentorships: mentorships.map((one) => ({
      id: one.id,
      mentorType: one.mentor_type,
      startedAt: one.started_at,
      cadence: one.cadence,
      rhythmFrom: one.rhythm_from,
      closedAt: one.closed_at,
      reassignSince: one.reassign_since,
      outcome: one.outcome,
      nextSupportSettled: Boolean(one.next_support_named || one.next_support_declined || one.followed),
      contacts: contacts.filter(({ mentorship_id }) => mentorship_id === one.id),
      pauses: pauses.filter(({ mentorship_id }) => mentorship_id === one.id).map(({ began_at, ended_at }) => ({ from: began_at, to: ended_at })),
    })),
  }
  const referral = { id: row.id, createdAt: row.created_at, closedAt: row.closed_at, outcome: row.outcome }
  const standingClock = clock && { action: clock.action, dueAt: clock.due_at }
  const set = rules ? { name: rules.name, ...rules.parameters } : eng1
  return { ...toEngagement({ row: referral, clock: standingClock }, history, set, now), ...(disclosure && { disclosure }) }
}

export const toEvent = (row) => ({
  id: row.id,
  sequence: Number(row.sequence),
  type: row.type,
  occurredAt: instant(row.occurred_at),
  organizationId: row.organization_id,
  subject: { type: row.subject_type, id: row.subject_id },
  codes: row.codes,
})

const criteria = { mentor_type: 0.1905, pathway: 0.1905, language: 0.1905, mode: 0.0952, life_situation: 0.1905, time_zone: 0.0476, load: 0.0952 }
const shared = (wanted, has) => (wanted ?? []).filter((one) => has.includes(one))
const share = (wanted, has) => (wanted?.length ? shared(wanted, has).length / wanted.length : 1)

/** How well a mentor fits, by the service's seven criteria in their simplest form. */
export function scoreOf(mentor, preferences, timeZone) {
  const values = {
    mentor_type: share(preferences.mentorTypes, [mentor.type]),
    pathway: share(preferences.pathways, mentor.pathways),
    language: share(preferences.languages, mentor.languages),
    mode: share(preferences.modes, mentor.modes),
    life_situation: share(preferences.lifeSituations, mentor.life_situations),
    time_zone: mentor.time_zone === timeZone ? 1 : 0,
    load: 1 - Number(mentor.load) / Math.max(1, mentor.capacity),
  }
  return { values, score: Object.entries(criteria).reduce((sum, [criterion, weight]) => sum + weight * values[criterion], 0) }
}

export function toCandidate(mentor, rank, preferences, timeZone) {
  const { values, score } = scoreOf(mentor, preferences, timeZone)
  const evidence = {
    mentor_type: [mentor.type],
    pathway: shared(preferences.pathways, mentor.pathways),
    language: shared(preferences.languages, mentor.languages),
    mode: shared(preferences.modes, mentor.modes),
    life_situation: shared(preferences.lifeSituations, mentor.life_situations),
  }
  return {
    rank,
    mentorId: mentor.id,
    mentorType: mentor.type,
    score,
    cautions: [],
    criteria: Object.entries(criteria).map(([criterion, weight]) => ({
      criterion,
      value: values[criterion],
      weight,
      contribution: weight * values[criterion],
      evidence: evidence[criterion] ?? [],
    })),
    displayName: mentor.display_name,
    experienceStatement: mentor.experience_statement ?? mentor.sealed?.experienceStatement ?? null,
    recoveryBand: mentor.recovery_band,
    substances: mentor.substances,
    pathways: mentor.pathways,
    languages: mentor.languages,
    lifeSituations: mentor.life_situations,
    interests: mentor.interests,
    demographics: mentor.demographics ?? mentor.sealed?.demographics ?? null,
    availability: mentor.availability,
    boundaries: mentor.boundaries ?? mentor.sealed?.boundaries ?? null,
  }
}

export const toCandidates = (referralId, ranked, preferences, timeZone, now, disclosure) => ({
  referralId,
  ruleSet: 'none',
  asOf: instant(now),
  data: ranked.map((mentor, index) => toCandidate(mentor, index + 1, preferences, timeZone)),
  disclosure,
})

export const newId = uuidv7
