import { createOnce, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Patient } from './contract.ts'
import { createPatient, getPatient, listPatients, updatePatient } from './service.ts'

const tag = 'Patients'

export const patientRoutes: readonly Route[] = [
  list('/patients', listPatients, {
    tag,
    summary: 'List the patients of your organization, newest first',
    description: 'A patient referred to you by another organization is read by id.',
    answer: pageOf(Patient),
  }),
  createOnce('/patients', createPatient, {
    tag,
    summary: 'Add or update a patient by your own number',
    description: '201 when new; 200 when the identifier was known, and the patient is updated.',
    answer: Patient,
    example: {
      request: {
        identifier: { system: 'https://clinic.example/mrn', value: '889900' },
        name: 'Sample Patient',
        birthDate: '1991-04-12',
        language: 'en',
      },
    },
  }),
  item('/patients/{id}', getPatient, {
    tag,
    summary: 'Get a patient',
    description:
      'A patient of another organization is shown as far as a consent covers, with the notice of 42 CFR 2.32; each such read is written to the disclosure ledger.',
    answer: Patient,
  }),
  patch('/patients/{id}', updatePatient, {
    tag,
    summary: 'Change a patient of your organization',
    answer: Patient,
    refusals: ['record_erased'],
    example: { request: { language: 'es', postalCode: null } },
  }),
]
