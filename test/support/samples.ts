import { randomBytes } from 'node:crypto'

export function sampleConsent(changes: object = {}) {
  return {
    kind: 'specific_disclosure',
    patientNameAsSigned: 'Sample Patient',
    bothDirections: true,
    dataClasses: [
      'identity',
      'contact',
      'referral_reason',
      'referral_status',
      'engagement_status',
      'contact_summary',
      'safety',
    ],
    informationDescription:
      'That I was referred to a mentor, how to reach me, and whether we are in contact.',
    purposes: ['treatment'],
    expiration: { on: '2040-06-30' },
    statements: { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true },
    revocationInstructions: 'Write to the front desk of Sample Clinic.',
    signatures: [
      { role: 'patient', name: 'Sample Patient', method: 'electronic', signedAt: '2026-11-17T15:00:00Z' },
    ],
    signedOn: '2026-11-17',
    ...changes,
  }
}

/** A network that takes minors, and a state in which they sign for themselves from twelve on. */
export const sampleMinorPolicy = {
  minorsAccepted: true,
  rules: [{ jurisdiction: 'CO', consentAge: 12, source: 'Sample statute' }],
}

export function samplePatient(changes: object = {}) {
  return {
    identifier: { system: 'https://clinic.example/mrn', value: randomBytes(12).toString('hex') },
    name: 'Sample Patient',
    birthDate: '1991-04-12',
    language: 'en',
    timeZone: 'America/Denver',
    postalCode: '80205',
    contactPoints: [
      { system: 'phone', value: '+13035550142', permissions: ['call', 'text'], preferred: true },
    ],
    ...changes,
  }
}

export function sampleReferral(programId: string, changes: object = {}) {
  return {
    placerId: `EHR-ORDER-${randomBytes(12).toString('hex')}`,
    patient: samplePatient(),
    programId,
    reason: ['transition_of_care'],
    priority: 'urgent',
    preferences: { mentorTypes: ['peer_certified'], languages: ['en'], must: { languages: ['en'] } },
    consent: sampleConsent(),
    note: 'Prefers calls after work.',
    ...changes,
  }
}

export function sampleMentor(changes: object = {}) {
  return {
    displayName: 'Sample Mentor',
    type: 'peer_certified',
    languages: ['en'],
    modes: ['phone'],
    capacity: 3,
    ...changes,
  }
}

/** Of a document that nobody has. */
export const sampleHash = `sha256:${'0123456789abcdef'.repeat(4)}`
