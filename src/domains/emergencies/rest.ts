import { add, command, item, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { documentEmergency, reviewEmergency } from './commands.ts'
import { Emergency, EmergencySummary, SafetyRecord } from './contract.ts'
import { getEmergency, listEmergencies, openEmergency, readEmergencyRecord } from './service.ts'

const tag = 'Emergencies'

export const emergencyRoutes: readonly Route[] = [
  add('/patients/{id}/emergency-disclosures', openEmergency, {
    tag,
    summary: 'Open a patient’s safety record in a medical emergency',
    description:
      'Without consent, for 15 minutes, for medical personnel (42 CFR 2.51). For the organization that holds the patient, and for a hospital or health center of the network that knows their id. Restrictions of the patient do not stand in its way. It has to be documented at once, and every one is reviewed.',
    answer: Emergency,
    status: 201,
    locate: ({ id }) => `/v1/emergency-disclosures/${id}`,
    refusals: ['not_medical_personnel', 'record_erased'],
    example: {
      request: {
        reasonCode: 'overdose',
        explanation: 'Brought in by ambulance without identification but a card of this program.',
        medicalPersonnel: {
          name: 'Dr. Sample',
          affiliation: 'Sample General Hospital, emergency department',
          role: 'physician',
        },
        whyConsentNotObtainable: 'Unconscious on arrival.',
        discloserName: 'Sample Nurse on duty',
      },
    },
  }),
  list('/emergency-disclosures', listEmergencies, {
    tag,
    summary: 'Emergencies that your organization opened or whose record it holds, newest first',
    description: 'With `?status=documented` the queue of reviews, with `?status=undocumented` what is late.',
    answer: pageOf(EmergencySummary),
  }),
  item('/emergency-disclosures/{id}', getEmergency, { tag, summary: 'Get an emergency', answer: Emergency }),
  view('/emergency-disclosures/{id}/record', readEmergencyRecord, {
    tag,
    summary: 'Read the safety record, while the emergency is open',
    description:
      'For the client that opened it. Each look is written to the ledger of every organization whose data it shows.',
    answer: SafetyRecord,
    refusals: ['emergency_access_ended'],
  }),
  command('/emergency-disclosures/{id}/document', documentEmergency, {
    tag,
    summary: 'Document an emergency: the four elements of 42 CFR 2.51(c)',
    description: 'Ends the reading. What is written here stays as it is.',
    answer: Emergency,
    refusals: ['transition_not_allowed'],
    example: {
      request: {
        medicalPersonnel: {
          name: 'Dr. Sample',
          affiliation: 'Sample General Hospital, emergency department',
        },
        discloserName: 'Sample Nurse on duty',
        disclosedAt: '2026-11-18T19:00:00Z',
        nature: 'Opioid overdose, unconscious.',
      },
    },
  }),
  command('/emergency-disclosures/{id}/review', reviewEmergency, {
    tag,
    summary: 'Review an emergency',
    description: 'By another client of the organization that holds the record than the one that opened it.',
    answer: Emergency,
    refusals: ['transition_not_allowed', 'review_by_another'],
    example: { request: { outcome: 'justified', text: 'Confirmed with the emergency department.' } },
  }),
]
