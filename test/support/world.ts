import { randomBytes } from 'node:crypto'
import type { Scope } from '../../src/core/context.ts'
import { scopes } from '../../src/core/context.ts'
import { openContext, type Service } from '../../src/db/access.ts'
import { createClient } from '../../src/domains/clients/service.ts'
import { createNetwork } from '../../src/domains/organizations/network.ts'
import { createOrganization } from '../../src/domains/organizations/service.ts'
import { createProgram } from '../../src/domains/programs/service.ts'

export interface Member {
  readonly networkId: string
  readonly organizationId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: readonly Scope[]
}

export interface World {
  readonly networkId: string
  readonly clinic: Member
  readonly otherClinic: Member
  readonly operator: Member
  readonly otherOperator: Member
  readonly admin: Member
  readonly programId: string
  readonly otherProgramId: string
}

const nobody = '00000000-0000-0000-0000-000000000000'
const noNetwork = scopes.filter((scope) => scope !== 'network:write')
const clinicScopes = noNetwork.filter((scope) => !/^(mentors|matching|clients):/.test(scope))

/** A network of its own: two clinics, two operators with a program each, and an office that runs it. */
export async function createWorld(service: Service, now: Date): Promise<World> {
  const suffix = randomBytes(3).toString('hex')
  const networkId = await createNetwork(service, `Sample Network ${suffix}`, now)
  const open = (organizationId: string) =>
    openContext(
      service,
      { networkId, organizationId, clientId: nobody, scopes: new Set(scopes) },
      { requestId: 'test', now },
    )
  const office = open(nobody)
  async function enrol(name: string, kind: string, granted: readonly Scope[]): Promise<Member> {
    const { id } = await createOrganization(office, { name, kind, timeZone: 'America/Denver' })
    const client = await createClient(office, { organizationId: id, name: `${name} system`, scopes: granted })
    return {
      networkId,
      organizationId: id,
      clientId: client.id,
      clientSecret: client.clientSecret,
      scopes: granted,
    }
  }
  const clinic = await enrol('Sample Clinic North', 'treatment_program', clinicScopes)
  const otherClinic = await enrol('Sample Clinic South', 'hospital', clinicScopes)
  const operator = await enrol('Sample Recovery Community', 'rco', noNetwork)
  const otherOperator = await enrol('Sample Peer Alliance', 'rco', noNetwork)
  const admin = await enrol('Sample Network Office', 'hub', [...scopes])
  const program = (member: Member, name: string) =>
    createProgram(open(member.organizationId), { name, modes: ['phone', 'video'], languages: ['en'] })
  const { id: programId } = await program(operator, 'Sample Peer Line')
  const { id: otherProgramId } = await program(otherOperator, 'Sample Family Mentors')
  return { networkId, clinic, otherClinic, operator, otherOperator, admin, programId, otherProgramId }
}
