import type { Caller, Ctx, Scope } from '../core/context.ts'
import { scopes } from '../core/context.ts'
import { openContext, type Service } from '../db/access.ts'
import { createClient } from '../domains/clients/service.ts'
import { createMentor, setMentorStatus } from '../domains/mentors/service.ts'
import { recordContact } from '../domains/mentorships/contacts.ts'
import { pauseMentorship } from '../domains/mentorships/service.ts'
import { acceptOffer, createOffer } from '../domains/offers/service.ts'
import { createNetwork } from '../domains/organizations/network.ts'
import { createOrganization } from '../domains/organizations/service.ts'
import { createProgram } from '../domains/programs/service.ts'
import {
  acceptReferral,
  cancelReferral,
  completeReferral,
  holdReferral,
  rejectReferral,
} from '../domains/referrals/commands.ts'
import { createReferral } from '../domains/referrals/service.ts'
import type { DemoClient, DemoCredentials } from './demo.ts'
import { consentOf, sampleMentor, samplePatient } from './people.ts'
import { type Step, type Story, stories } from './stories.ts'

const dayMs = 86_400_000
const nobody = '00000000-0000-0000-0000-000000000000'
const mentorsAltogether = 40

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
]
const operatorScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'programs:write',
  'patients:read',
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
]
const adminScopes: readonly Scope[] = [
  'organizations:read',
  'organizations:write',
  'programs:read',
  'clients:read',
  'clients:write',
  'network:write',
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
  networkAdmin: { name: 'Sample Network Office', kind: 'hub', part2Status: ['none'], scopes: adminScopes },
} as const

type Member = keyof typeof members

/** The demo's past is made by the same actions that serve requests, with the clock turned back. */
interface Cast {
  readonly at: (member: Member, daysAgo: number) => Ctx
  readonly clients: Readonly<Record<Member, DemoClient>>
}

export async function buildDemoNetwork(
  service: Service,
  now: Date,
): Promise<Omit<DemoCredentials, 'baseUrl'>> {
  const networkId = await createNetwork(service, 'Sample Network', now)
  const open = (organizationId: string, clientId: string, daysAgo: number): Ctx => {
    const caller: Caller = { networkId, organizationId, clientId, scopes: new Set(scopes) }
    return openContext(service, caller, { requestId: 'demo', now: new Date(now.getTime() - daysAgo * dayMs) })
  }
  const clients = await enrol(open(nobody, nobody, 200))
  const cast: Cast = {
    clients,
    at: (member, daysAgo) => open(clients[member].organizationId, clients[member].clientId, daysAgo),
  }
  const programs = await addPrograms(cast)
  const mentors = await addMentors(cast)
  for (const [index, story] of stories.entries()) {
    await tell(cast, story, index, programs[0]?.id ?? '', mentors[index] ?? '')
  }
  return { networkId, clients, programs }
}

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

async function addPrograms({ at }: Cast) {
  const wanted = [
    [
      'operator',
      {
        name: 'Sample Peer Line',
        modes: ['phone', 'video', 'text'],
        languages: ['en', 'es'],
        cadence: 'stepped_default',
      },
    ],
    [
      'operator',
      {
        name: 'Sample First 90 Days',
        modes: ['phone', 'in_person'],
        languages: ['en'],
        cadence: 'post_overdose_90',
      },
    ],
    [
      'otherOperator',
      {
        name: 'Sample Family Mentors',
        modes: ['phone', 'group'],
        languages: ['en'],
        cadence: 'telephone_weekly_12',
      },
    ],
  ] as const
  const programs = []
  for (const [member, program] of wanted) {
    const { id, name, organizationId } = await createProgram(at(member, 190), program)
    programs.push({ id, name, organizationId })
  }
  return programs
}

/** Mostly active; the last few are on their way in. Returns the ids of those of the first operator. */
async function addMentors({ at }: Cast): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < mentorsAltogether; index += 1) {
    const member = index < 24 ? 'operator' : 'otherOperator'
    const { id } = await createMentor(at(member, 180), sampleMentor(index))
    if (index % 10 !== 9) await setMentorStatus(at(member, 179), { id, status: 'active' })
    if (member === 'operator' && index % 10 !== 9) ids.push(id)
  }
  return ids
}

async function tell(cast: Cast, story: Story, index: number, programId: string, mentorId: string) {
  const clinic = cast.at(story.by, story.requested)
  const patient = samplePatient(index)
  const { id } = await createReferral(clinic, {
    placerId: `SAMPLE-ORDER-${index + 1}`,
    patient,
    programId,
    reason: ['transition_of_care'],
    priority: index % 3 === 0 ? 'urgent' : 'routine',
    consent: consentOf(patient.name, clinic.now),
  })
  const thread: Thread = { referralId: id, mentorId }
  for (const step of story.steps) await take(cast, story, thread, step)
}

interface Thread {
  readonly referralId: string
  readonly mentorId: string
  offerId?: string
  mentorshipId?: string | null
}

async function take(cast: Cast, story: Story, thread: Thread, step: Step) {
  const operator = cast.at('operator', step.day)
  const id = thread.referralId
  const inTwoWeeks = new Date(operator.now.getTime() + 14 * dayMs).toISOString().slice(0, 10)
  switch (step.do) {
    case 'accept':
      return acceptReferral(operator, { id })
    case 'offer':
      thread.offerId = (await createOffer(operator, { id, mentorId: thread.mentorId })).id
      return undefined
    case 'start':
      thread.mentorshipId = (await acceptOffer(operator, { id: thread.offerId })).mentorshipId
      return undefined
    case 'contact':
      return recordContact(operator, {
        id: thread.mentorshipId,
        at: operator.now.toISOString(),
        mode: 'phone',
        result: step.result,
      })
    case 'pause':
      return pauseMentorship(operator, { id: thread.mentorshipId, resumeBy: inTwoWeeks })
    case 'hold':
      return holdReferral(operator, { id, reason: 'in_hospital_or_residential', resumeBy: inTwoWeeks })
    case 'complete':
      return completeReferral(operator, { id, outcome: 'goals_met' })
    case 'reject':
      return rejectReferral(operator, { id, reason: 'no_capacity' })
    case 'cancel':
      return cancelReferral(cast.at(story.by, step.day), { id, reason: 'person_declined' })
  }
}
