import type { z } from 'zod'
import type { DataClass } from '../domains/consents/codes.ts'
import { sampleConsent } from '../domains/consents/contract.ts'
import { mentorTypes, recoveryBands } from '../domains/mentors/codes.ts'
import type { NewMentor } from '../domains/mentors/contract.ts'

/** Nobody releases more than they wish: some let people read all of it, some not even their coordinator. */
const sampleReleases = [
  {},
  { substances: ['coordinator', 'patient'], experienceStatement: ['coordinator', 'patient'] },
  { substances: [], recoveryBand: [], demographics: [] },
  { displayName: ['coordinator', 'clinic', 'patient'], pathways: ['coordinator', 'clinic', 'patient'] },
] as const

/** Forty sample mentors: every type, several languages and pathways. The names are plainly samples. */
export function sampleMentor(index: number): z.input<typeof NewMentor> {
  const pick = <T>(list: readonly [T, ...T[]], step = 1): T =>
    list[Math.floor(index / step) % list.length] ?? list[0]
  return {
    displayName: `Sample Mentor ${index + 1}`,
    type: pick(mentorTypes),
    languages: pick([['en'], ['en', 'es'], ['es'], ['en']]),
    modes: pick([
      ['phone', 'video'],
      ['phone', 'in_person'],
      ['phone', 'text', 'video'],
    ]),
    substances: pick([['alcohol'], ['opioids'], ['stimulants'], ['alcohol', 'opioids']]),
    pathways: pick([['twelve_step'], ['medication_supported'], ['secular'], ['faith_based']], 2),
    timeZone: pick(['America/Denver', 'America/Chicago', 'America/New_York'], 3),
    availability: [
      pick([
        'FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18',
        'FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=12',
        'FREQ=WEEKLY;BYDAY=SA;BYHOUR=10',
      ]),
    ],
    capacity: pick([3, 8, 5, 12]),
    experienceStatement: 'Sample: I remember my first weeks, and what it took to ask somebody.',
    recoveryBand: pick(recoveryBands, 2),
    lifeSituations: pick([['parenting'], ['veteran'], [], ['rural', 'parenting']]),
    interests: pick([['gardening'], ['music', 'cooking'], ['running']]),
    demographics: pick<Record<string, string>>([
      { gender: 'female' },
      { gender: 'male', veteran: 'yes' },
      {},
    ]),
    mustNot: index % 6 === 5 ? { reasons: ['post_overdose'] } : {},
    boundaries: 'Sample: I do not lend money, and I do not take calls at night.',
    releases: structuredClone(pick(sampleReleases)) as z.input<typeof NewMentor>['releases'],
  }
}

export function samplePatient(index: number) {
  return {
    identifier: { system: 'https://clinic.example/mrn', value: `SAMPLE-${1000 + index}` },
    name: `Sample Patient ${index + 1}`,
    birthDate: `19${70 + (index % 30)}-0${1 + (index % 9)}-1${index % 9}`,
    language: index % 4 === 2 ? 'es' : 'en',
    timeZone: 'America/Denver',
    postalCode: '80205',
    contactPoints: [
      {
        system: 'phone',
        value: `+1303555${String(100 + index).padStart(4, '0')}`,
        permissions: ['call', 'text'],
        preferred: true,
      },
    ],
  }
}

/** A complete written consent, signed on the day of the referral, good for a year. */
export function consentOf(name: string, signedAt: Date) {
  const expires = new Date(signedAt)
  expires.setUTCFullYear(expires.getUTCFullYear() + 1)
  return {
    ...sampleConsent,
    patientNameAsSigned: name,
    expiration: { on: expires.toISOString().slice(0, 10) },
    signatures: [{ role: 'patient', name, method: 'electronic', signedAt: signedAt.toISOString() }],
    signedOn: signedAt.toISOString().slice(0, 10),
  }
}

/** One more word of the same person, beside the consent of their referral: for these classes, to these organizations. */
export function furtherConsentOf(
  name: string,
  signedAt: Date,
  asked: {
    readonly dataClasses: readonly DataClass[]
    readonly informationDescription: string
    readonly recipientIds: readonly string[]
  },
) {
  const { recipientIds, dataClasses, informationDescription } = asked
  return {
    ...consentOf(name, signedAt),
    dataClasses,
    informationDescription,
    recipients: recipientIds.map((organizationId) => ({ organizationId })),
  }
}
