/** The rows that the service writes, plain: what the floor and the peer write for the same requests. */
import { newId } from './answers.mjs'

const dayMs = 86_400_000
const classesOf = { list: ['referral_status', 'referral_reason'], candidates: ['referral_status', 'referral_reason'], engagement: ['engagement_status', 'contact_summary'] }
const toldOf = {
  list: 'The status of the referral; the reason of the referral',
  candidates: 'The status of the referral; the reason of the referral',
  engagement: 'Whether the patient is being accompanied; when and how often there was contact',
}
const someHash = '0'.repeat(64)

export const auditRow = (who, action, subject, { basis = 'own', basisId = null } = {}) => ({
  network_id: who.networkId,
  id: newId(),
  organization_id: who.organizationId,
  at: who.now,
  action,
  actor_client_id: who.clientId,
  face: 'rest',
  client_address: '127.0.0.1',
  request_id: who.requestId,
  subject_type: subject.type,
  subject_id: subject.id,
  patient_id: subject.patientId,
  outcome: 'allowed',
  basis,
  basis_id: basisId,
})

/** A ledger row for what of `holderId` is told to the caller. */
export const disclosureRow = (who, what, { holderId, referralId, patientId, consentId }) => ({
  network_id: who.networkId,
  id: newId(),
  organization_id: holderId,
  reader_ids: [who.organizationId],
  at: who.now,
  patient_id: patientId,
  recipient_organization_id: who.organizationId,
  recipient_client_id: who.clientId,
  basis: 'consent',
  consent_id: consentId,
  designation: 'named',
  purpose: 'treatment',
  data_classes: classesOf[what],
  brief_description: toldOf[what],
  fields_hash: someHash,
  subject_type: 'referral',
  subject_id: referralId,
  method: 'api',
  via_ehr: true,
  notice_version: '2024-1',
  consent_copy_sent: true,
  rule_version: 'none',
  request_id: who.requestId,
  manual: false,
  recorded_at: who.now,
})

/** All that one new referral of a new patient under a new consent writes, table by table, in an order that keys allow. */
export function rowsOfNewReferral(who, body, program, key) {
  const { networkId, organizationId, clientId, now } = who
  const [patientId, consentId, referralId, clockId] = [newId(), newId(), newId(), newId()]
  const receiverId = program.organization_id
  const own = { network_id: networkId, organization_id: organizationId }
  const read = { ...own, reader_ids: [receiverId] }
  const times = { created_at: now, updated_at: now }
  const { patient, consent } = body
  const event = (type, subjectType, subjectId, readers, codes, holderId = null) => ({
    ...own, id: newId(), reader_ids: readers, type, subject_type: subjectType, subject_id: subjectId, codes,
    actor_client_id: clientId, occurred_at: now, patient_id: patientId, holder_id: holderId, network_wide: false,
  })
  const dueAt = new Date(now.getTime() + dayMs)
  const referral = {
    ...read, id: referralId, receiving_organization_id: receiverId, program_id: program.id, patient_id: patientId, consent_id: consentId,
    placer_id: body.placerId, status: 'requested', business_status: 'received', priority: body.priority, reasons: body.reason,
    preferences: body.preferences, note: body.note, clock_id: clockId, version: 1, ...times, sealed: {},
  }
  const clock = {
    ...read, id: clockId, subject_type: 'referral', subject_id: referralId, action: 'acknowledge', owner_organization_id: receiverId,
    owner_role: 'coordinator', rule_set: 'clock-1', started_at: now, due_at: dueAt, step: 0, next_step_at: new Date(now.getTime() + dayMs / 2),
  }
  const party = (role, partyId) => ({
    ...read, consent_id: consentId, position: 0, role, designation: 'named', party_organization_id: partyId, treating_only: false, patient_id: patientId, sealed: {},
  })
  const rows = {
    patients: [{
      ...read, id: patientId, name: patient.name, birth_date: new Date(patient.birthDate), language: patient.language, time_zone: patient.timeZone,
      postal_code: patient.postalCode, contact_points: patient.contactPoints, sealed: {}, ...times,
    }],
    patient_identifiers: [{ ...own, system: patient.identifier.system, value: patient.identifier.value, patient_id: patientId, sealed: {} }],
    consents: [{
      ...read, id: consentId, patient_id: patientId, kind: consent.kind, status: 'active', patient_name_as_signed: consent.patientNameAsSigned,
      both_directions: consent.bothDirections, data_classes: consent.dataClasses, information_description: consent.informationDescription,
      purposes: consent.purposes, expires_on: new Date(consent.expiration.on), expiration_none: false, right_to_revoke: true, redisclosure_potential: true,
      refusal_consequences: true, revocation_instructions: consent.revocationInstructions, signatures: consent.signatures,
      signed_on: new Date(consent.signedOn), document_sha256: someHash, review: 'not_needed', hipaa_redisclosure: true, statements_version: 'statements-2024-1',
      revoked_data_classes: [], activated_at: now, version: 1, ...times, sealed: {},
    }],
    consent_parties: [party('discloser', organizationId), party('recipient', receiverId)],
    clocks: [clock],
    referrals: [referral],
    referral_transitions: [{
      ...read, id: newId(), referral_id: referralId, at: now, command: 'request', from_status: null, status: 'requested', business_status: 'received',
      actor_organization_id: organizationId, patient_id: patientId, sealed: {},
    }],
    engagement_states: [{ network_id: networkId, referral_id: referralId, organization_id: receiverId, reader_ids: [organizationId], changed_at: now, due_at: now }],
    events: [
      event('patient.created', 'patient', patientId, [], {}),
      event('consent.granted', 'consent', consentId, [receiverId], {}),
      event('referral.requested', 'referral', referralId, [receiverId], { status: 'requested', businessStatus: 'received' }, organizationId),
    ],
    audit_events: [
      auditRow(who, 'referrals.create', { type: 'patient', id: patientId, patientId }),
      auditRow(who, 'referrals.create', { type: 'consent', id: consentId, patientId }),
      auditRow(who, 'referrals.create', { type: 'referral', id: referralId, patientId }),
    ],
  }
  const keptAnswer = (answer) => ({
    ...own, client_id: clientId, action: 'referrals.create', key, input_digest: someHash, answer: Buffer.from(JSON.stringify(answer)),
    created_at: now, expires_at: dueAt, patient_ids: [patientId],
  })
  return { rows, referral, clock, keptAnswer }
}

/** The caller by headers that nobody checks. */
export const callerOf = (headers, networkId) => ({
  networkId,
  organizationId: headers['x-organization'],
  clientId: headers['x-client'],
  requestId: newId(),
  now: new Date(),
})
