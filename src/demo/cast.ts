import type { Caller, Ctx, Person, Scope } from '../core/context.ts'
import { scopes } from '../core/context.ts'
import { openContext, type Service } from '../db/access.ts'
import { createClient } from '../domains/clients/service.ts'
import { createOrganization } from '../domains/organizations/service.ts'
import type { DemoClient } from './demo.ts'

const dayMs = 86_400_000
const nobody = '00000000-0000-0000-0000-000000000000'

const clinicScopes: readonly Scope[] = [
  'organizations:read',
  'programs:read',
  'patients:read',
  'patients:write',
  'consents:read',
  'consents:write',
  'referrals:read',
  'referrals:write',
  'engagement:read',
  'mentorships:read',
  'matching:read',
  'stories:read',
  'plans:read',
]
const operatorScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'programs:write',
  'patients:read',
  'patients:write',
  'consents:read',
  'referrals:read',
  'referrals:write',
  'engagement:read',
  'mentors:read',
  'mentors:write',
  'matching:read',
  'matching:write',
  'mentorships:read',
  'mentorships:write',
  'education:read',
  'education:write',
  'stories:read',
  'stories:write',
  'plans:read',
  'plans:write',
  'insights:read',
  'recognition:read',
  'recognition:write',
  'billing:read',
  'billing:write',
]
const schoolScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'education:read',
  'education:write',
]
const adminScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'clients:read',
  'clients:write',
  'network:write',
  'recognition:read',
  'recognition:write',
]

const members = {
  clinic: {
    name: 'Sample Clinic North',
    kind: 'treatment_program',
    part2Status: ['program'],
    scopes: clinicScopes,
  },
  otherClinic: {
    name: 'Sample Clinic South',
    kind: 'hospital',
    part2Status: ['program', 'covered_entity'],
    scopes: clinicScopes,
  },
  operator: {
    name: 'Sample Recovery Community',
    kind: 'rco',
    part2Status: ['lawful_holder'],
    scopes: operatorScopes,
  },
  otherOperator: {
    name: 'Sample Peer Alliance',
    kind: 'recovery_center',
    part2Status: ['lawful_holder'],
    scopes: operatorScopes,
  },
  school: {
    name: 'Sample Health College',
    kind: 'health_school',
    part2Status: ['none'],
    scopes: schoolScopes,
  },
  networkAdmin: { name: 'Sample Network Office', kind: 'hub', part2Status: ['none'], scopes: adminScopes },
} as const

export type Member = keyof typeof members

/** The demo's past is made by the same actions that serve requests, with the clock turned back. */
export interface Cast {
  readonly now: Date
  readonly clients: Readonly<Record<Member, DemoClient>>
  /** A member's own system, so many days ago; with a person, that person's portal token. */
  readonly at: (member: Member, daysAgo: number, person?: Person) => Ctx
  /** Another client of the same member, for what nobody does alone. */
  readonly second: (member: Member, daysAgo: number) => Ctx
}

/** Every organization of the network, with a client each. */
export async function gather(service: Service, networkId: string, now: Date): Promise<Cast> {
  const open = (caller: Pick<Caller, 'organizationId' | 'clientId' | 'person'>, daysAgo: number): Ctx =>
    openContext(
      service,
      { networkId, scopes: new Set(scopes), ...caller },
      { requestId: 'demo', now: new Date(now.getTime() - daysAgo * dayMs) },
    )
  const clients = await enrol(open({ organizationId: nobody, clientId: nobody }, 200))
  const of = (member: Member) => clients[member].organizationId
  return {
    now,
    clients,
    at: (member, daysAgo, person) =>
      open({ organizationId: of(member), clientId: clients[member].clientId, person }, daysAgo),
    second: (member, daysAgo) => open({ organizationId: of(member), clientId: nobody }, daysAgo),
  }
}

export const dateOf = (now: Date, daysAgo: number) =>
  new Date(now.getTime() - daysAgo * dayMs).toISOString().slice(0, 10)

async function enrol(admin: Ctx): Promise<Record<Member, DemoClient>> {
  const enrolled = {} as Record<Member, DemoClient>
  for (const [member, { scopes: granted, ...organization }] of Object.entries(members)) {
    const { id, name } = await createOrganization(admin, { ...organization, timeZone: 'America/Denver' })
    const client = await createClient(admin, { organizationId: id, name: `${name} system`, scopes: granted })
    enrolled[member as Member] = {
      organizationId: id,
      organizationName: name,
      clientId: client.id,
      clientSecret: client.clientSecret,
      scopes: granted,
    }
  }
  return enrolled
}
