import { type Person, type Scope, scopes } from '../../src/core/context.ts'
import { portalScopes } from '../../src/domains/portal/contract.ts'
import { educationFamilies } from './education.ts'
import { createMarks } from './marks.ts'
import type { Api, Started } from './service.ts'
import { type Ids, tellStory } from './story.ts'
import type { Member, World } from './world.ts'

/** Somebody to whom a story is none of their business, and what of it they may know all the same. */
export interface Stranger {
  readonly who: string
  readonly api: Api
  /** Families of resources that are theirs, or open to their network. */
  /** By family, or by operation where its ids are theirs to ask with. */
  readonly knows: ReadonlySet<string>
  /** Words that are said to everybody of their kind: what mentors are to accept is published to all of them. */
  readonly isTold?: ReadonlySet<string>
}

/** The directory, and rules that hold for a whole network. */
const directory = [
  ...['organizations', 'programs', 'engagement'],
  ...['recognition-schemes', 'recognition-credentials', 'accreditations'],
  'organization-needs',
]
const inNetwork = scopes.filter((scope) => scope !== 'network:write')

/** A story told in a network of its own, and everybody who must not hear of it. */
export async function strangersTo(started: Started) {
  const { as, app, withToken, createWorld, time } = started
  const world = await createWorld()
  const elsewhere = await createWorld()
  const another = { ...world.clinic, clientId: started.unknownId() }
  const portal = async ({ clientId, networkId, organizationId }: Member, person: Person) => {
    const grant = { clientId, networkId, organizationId, scopes: portalScopes[person.type], person }
    return withToken((await app.issueToken(grant)).accessToken)
  }
  const tellers = async ({ clinic, operator, admin }: World) => ({
    clinic: await as(clinic),
    operator: await as(operator),
    office: await as(admin),
    privacyOffice: await as({ ...clinic, clientId: another.clientId }),
    person: (id: string) => portal(operator, { type: 'patient', id }),
  })
  const tell = async (of: World, name: string) => {
    const marks = { ofClinic: createMarks(`Zyx${name}c`), ofOperator: createMarks(`Zyx${name}o`) }
    return { marks, ...(await tellStory(await tellers(of), of, time.now(), marks)) }
  }
  const told = await tell(world, 'one')
  const revoked = await tell(world, 'two')
  const own = await tell(world, 'own')
  await tell(elsewhere, 'far')
  const clinic = await as(world.clinic)
  for (const id of revoked.consentIds) {
    const { status, body } = await clinic.post(`/v1/consents/${id}/revoke`, {})
    if (status !== 200) throw new Error(JSON.stringify(body))
  }

  const stranger = async (
    who: string,
    member: Member,
    granted: readonly Scope[],
    knows: readonly string[],
  ) => ({
    who,
    api: await as(member, granted),
    knows: new Set(knows),
  })
  return {
    world,
    elsewhere,
    told,
    revoked,
    /** Of those who hold the portal tokens. */
    own,
    /** To them the story is of people whom they have nothing to do with. */
    strangers: [
      await stranger('another organization of the network', world.otherOperator, inNetwork, directory),
      await stranger('another clinic', world.otherClinic, withoutEmergencies, directory),
      await stranger(
        'the office of the network',
        world.admin,
        [...scopes],
        [
          ...directory,
          // The clinic's agreement and treating relationship name it.
          ...['clients', 'agreements', 'treating-relationships'],
          // It decides on appeals, and sees no count of a few people in them.
          'recognition-appeals',
        ],
      ),
      await stranger('an organization of another network', elsewhere.clinic, inNetwork, []),
      await stranger('the office of another network', elsewhere.admin, [...scopes], []),
      await stranger('a client without scopes', world.clinic, [], []),
      {
        who: 'another mentor of the same operator',
        api: await portal(world.operator, { type: 'mentor', id: idIn(own.ids, 'mentors') }),
        knows: new Set<string>(),
        isTold: new Set(['clinicianTerms.publish/text']),
      },
      {
        who: 'another patient of the same clinic',
        api: await portal(world.clinic, { type: 'patient', id: idIn(own.ids, 'patients') }),
        knows: new Set<string>(),
      },
    ] satisfies Stranger[],
    /** To whom consent named, until it was withdrawn: what the clinic holds is not theirs any more. */
    recipient: await stranger('a recipient whose consent was revoked', world.operator, inNetwork, [
      ...directory,
      ...['mentors', 'mentorships', 'contacts', 'offers', 'screenings', 'credentials', 'mentor-requirements'],
      ...[
        'supervision-sessions',
        'conflicts',
        'webhook-endpoints',
        'stories',
        'blueprints',
        'recovery-plans',
        ...educationFamilies,
        'matching-runs',
        'clients',
        'mentorships.list',
        'recoveryPlans.list',
      ],
      ...['supervision-sessions', 'conflicts', 'matching-runs', 'clients', 'mentorships.list'],
      // What came of looking at them is their own.
      ...['recognition-evaluations', 'recognition-appeals'],
      // What was told to them stays in their own ledger.
      'disclosures.list',
    ]),
  }
}

/** A hospital may open an emergency of whom it knows by id; it is no stranger then. */
const withoutEmergencies = inNetwork.filter((scope) => scope !== 'emergencies:write')

export function idIn(ids: Ids, family: string): string {
  const id = ids[family]
  if (id === undefined) throw new Error(`tellStory() makes none of ${family}: add one`)
  return id
}
