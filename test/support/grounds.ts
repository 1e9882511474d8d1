import { randomUUID } from 'node:crypto'
import type { Api } from './service.ts'
import type { World } from './world.ts'

/** What somebody said on the phone, to be entered in the ledger by hand. */
export const spokenDisclosure = (patientId: string) => ({
  patientId,
  at: '2026-11-17T16:00:00Z',
  recipient: { name: 'Sample County Health Department' },
  basis: 'required_by_law',
  purpose: 'operations',
  dataClasses: ['identity'],
  method: 'phone',
})

/** One of each thing beside a consent that a decision rests on, changing nothing of what the consent permits. */
export async function makeGrounds(world: World, clinic: Api, patientId: string) {
  const make = async (path: string, body: object): Promise<string> => {
    const answer = await clinic.post(path, body)
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
    return answer.body.id
  }
  const agreement = {
    kind: 'qsoa',
    counterpartyOrganizationId: world.admin.organizationId,
    justification: 'Sample: keeps the records of the program under its direction.',
    signedOn: '2026-11-01',
  }
  const patient = `/v1/patients/${patientId}`
  // Somebody whom nobody referred, so that what was said of them may go.
  const identifier = { system: 'https://clinic.example/mrn', value: `gone-${randomUUID()}` }
  const gone = await make('/v1/patients', { identifier })
  return {
    agreements: await make('/v1/agreements', agreement),
    restrictions: await make(`${patient}/restrictions`, {
      dataClasses: ['incident'],
      text: 'Sample',
      status: 'requested',
    }),
    disclosures: await make('/v1/disclosures', spokenDisclosure(patientId)),
    'accounting-requests': await make(`${patient}/accounting-requests`, { from: '2026-01-01' }),
    'legal-holds': await make(`${patient}/legal-holds`, { reason: 'Sample' }),
    'destruction-certificates': await make(`/v1/patients/${gone}/destroy`, {
      ground: 'not_a_record',
      authority: 'Sample',
    }),
    'treating-relationships': await make(`${patient}/treating-relationships`, {
      treatingOrganizationId: world.admin.organizationId,
    }),
  }
}
