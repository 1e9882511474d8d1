import { add, command, list, question, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { ConflictDeclaration, Panel, PanelKey } from './contract.ts'
import { declareConflict, getPanelKey, listConflicts, putPanel, withdrawConflict } from './service.ts'

const tag = 'Conflicts of interest'

export const conflictRoutes: readonly Route[] = [
  list('/mentors/{id}/conflicts', listConflicts, {
    tag,
    summary: 'Relations of a mentor to people beside mentoring, newest first',
    answer: pageOf(ConflictDeclaration),
  }),
  add('/mentors/{id}/conflicts', declareConflict, {
    tag,
    summary: 'Declare a relation between a mentor and a person',
    description:
      'By coordinator or mentor, or written down for the person or a clinic. A barring relation forbids the pair while it lasts and for 24 months after.',
    answer: ConflictDeclaration,
    status: 201,
    example: {
      request: { patientId: '01938f3e-7c00-7aaa-8bbb-0123456789ab', kind: 'treating', endedOn: '2026-03-31' },
    },
  }),
  command('/conflicts/{id}/withdraw', withdrawConflict, {
    tag,
    summary: 'Withdraw a declaration that was a mistake',
    answer: ConflictDeclaration,
    refusals: ['transition_not_allowed'],
  }),
  view('/panels/key', getPanelKey, {
    tag,
    summary: 'How to hash the panel of a clinician who mentors',
    description:
      'A clinic uploads keyed hashes of whom its clinician treats, never a list of people. They are compared when a match is made and shown to nobody.',
    answer: PanelKey,
  }),
  question('/panels', putPanel, {
    tag,
    summary: 'Upload the panel of a clinician who mentors, as keyed hashes',
    answer: Panel,
    example: {
      request: {
        practitionerReference: 'http://hl7.org/fhir/sid/us-npi|1234567893',
        hashes: ['47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
      },
    },
  }),
]
