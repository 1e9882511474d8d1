import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from './random.mjs'
import { root } from './service.mjs'

/** So many organizations ask in turn, and for so many different people, that no answer is one row set over and over. */
const askersMax = 40
const peopleMax = 500
const placesMax = 50

const rest = ['alongside', 'floor', 'nestjs']
const withGraph = [...rest, 'postgraphile']
const { example } = JSON.parse(await readFile(join(root, 'openapi/openapi.json'), 'utf8')).components.schemas.NewReferral

/**
 * What is asked. `asks` draws the requests, `theirs` the same ones in the words of PostGraphile; `sees` counts what an
 * answer must hold, so that what is measured is what was asked for. `narrow` asks as one operator alone, of whom there is
 * enough at any scale.
 */
export const scenarios = [
  {
    key: 'create',
    what: 'create referral: new patient, consent inline, program named',
    contestants: rest,
    status: 201,
    asks: async ({ data }) => {
      const pairs = data.actors.clinics.flatMap((clinic) => data.actors.operators.slice(0, 10).map((operator) => [clinic, operator]))
      return pairs.map(([actor, { programId }]) => ({ actor, method: 'POST', path: '/v1/referrals', fresh: () => newReferral(programId) }))
    },
    sees: (answer) => ({ rows: 1, members: Object.keys(answer) }),
  },
  {
    key: 'engagement-own',
    what: 'engagement of one referral, by the operator whose data it is',
    contestants: rest,
    asks: async (run) => of(await referralsOf(run, 'receiving_organization_id', run.data.actors.operators[0], 'in_progress'), '/engagement'),
    sees: (answer) => ({ rows: 1, members: Object.keys(answer), same: lasting(answer) }),
  },
  {
    key: 'engagement-told',
    what: 'engagement of one referral, told to the clinic',
    contestants: rest,
    asks: async (run) => of(await referralsOf(run, 'organization_id', run.data.actors.clinics[0], 'in_progress'), '/engagement'),
    sees: (answer) => ({ rows: 1, members: Object.keys(answer), same: lasting(answer) }),
  },
  {
    key: 'list-own',
    what: 'twenty referrals, by the clinic that sent them',
    contestants: rest,
    asks: async ({ data }) => data.actors.clinics.map((actor) => ({ actor, method: 'GET', path: '/v1/referrals?limit=20' })),
    sees: ofPage,
  },
  {
    key: 'list-told',
    what: 'twenty referrals, by the operator that received them',
    contestants: withGraph,
    asks: async (run) => (await busyOperators(run)).map((actor) => ({ actor, method: 'GET', path: '/v1/referrals?limit=20' })),
    theirs: async ({ data }, asks) => asks.map(({ actor }) => graph(actor, lists, { network: data.networkId, organization: actor.id })),
    sees: (answer) => (answer.data.list ? { rows: answer.data.list.length } : ofPage(answer)),
  },
  {
    key: 'graphql',
    what: 'GraphQL: twenty referrals → engagement → mentorship → mentor → last five contacts',
    contestants: ['alongside', 'floor', 'postgraphile'],
    asks: async (run) => (await busyOperators(run)).map((actor) => graph(actor, ours, {})),
    theirs: async ({ data }, asks) => asks.map(({ actor }) => graph(actor, fourLevels, { network: data.networkId, organization: actor.id })),
    sees: (answer) => ({ rows: (answer.data.list ?? answer.data.referrals.nodes).length, within: JSON.stringify(answer).match(/"result"/g)?.length ?? 0 }),
  },
  {
    key: 'candidates',
    what: 'ten candidates for one person, operator of the usual size',
    contestants: rest,
    asks: async (run) => {
      const operators = run.narrow ? run.data.actors.operators.slice(0, 1) : run.data.actors.operators.slice(6, 16)
      const found = []
      for (const operator of operators) found.push(...(await referralsOf(run, 'receiving_organization_id', operator, 'accepted', waits)))
      return of(found.length > 0 ? found : await referralsOf(run, 'receiving_organization_id', run.data.actors.operators[0], 'accepted', waits), '/candidates?limit=10')
    },
    sees: (answer) => ({ rows: 1, members: Object.keys(answer.data[0] ?? {}) }),
  },
  {
    key: 'feed',
    what: 'twenty events from a place in the log, by a clinic',
    contestants: withGraph,
    asks: async ({ data, last }) => {
      const random = createRandom(data.seed, 'feed')
      const [actor] = data.actors.clinics
      return Array.from({ length: placesMax }, () => ({ actor, method: 'GET', path: `/v1/events?after=${random.below(Math.max(1, last - 2_000))}&limit=20` }))
    },
    theirs: async ({ data }, asks, { base }) => Promise.all(asks.map(({ actor, path }) => fromPlace(base, data.networkId, actor, Number(/after=(\d+)/.exec(path)[1])))),
    sees: (answer) => (answer.data.feed ? { rows: answer.data.feed.nodes.length } : ofPage(answer)),
  },
]

const of = (referrals, path) => referrals.map(({ actor, id }) => ({ actor, method: 'GET', path: `/v1/referrals/${id}${path}` }))

function ofPage({ data }) {
  return { rows: data.length, members: Object.keys(data[0] ?? {}) }
}

/** What does not depend on when and by whom it was answered. */
function lasting({ asOf: _, disclosure: __, ...rest }) {
  return JSON.stringify(rest)
}

const waits = `and not exists (select from mentorships m where m.network_id = r.network_id and m.referral_id = r.id)`

async function referralsOf({ owner, data }, column, actor, status, condition = '') {
  const { rows } = await owner.query(
    `select id from referrals r where network_id = $1 and ${column} = $2 and status = $3 ${condition} order by id desc limit ${peopleMax}`,
    [data.networkId, actor.id, status],
  )
  return rows.map(({ id }) => ({ actor, id }))
}

/** Those who have twenty people in progress, in the order of the data. */
async function busyOperators({ owner, data, narrow }) {
  if (narrow) return data.actors.operators.slice(0, 1)
  const { rows } = await owner.query(
    `select receiving_organization_id as id from referrals where network_id = $1 and status = 'in_progress' group by 1 having count(*) >= 20`,
    [data.networkId],
  )
  const busy = new Set(rows.map(({ id }) => id))
  const operators = data.actors.operators.filter(({ id }) => busy.has(id)).slice(0, askersMax)
  return operators.length > 0 ? operators : data.actors.operators.slice(0, 1)
}

let made = 0
const run = Date.now().toString(36)

/** Another order, patient and key each time. */
function newReferral(programId) {
  made += 1
  const number = `${run}-${made}`
  const { patient } = example
  const body = {
    ...example,
    programId,
    placerId: `BENCH-ORDER-${number}`,
    patient: { ...patient, identifier: { ...patient.identifier, value: `BENCH-${number}` } },
  }
  return { body: JSON.stringify(body), headers: { 'idempotency-key': `bench-${number}` } }
}

const graph = (actor, query, variables) => ({ actor, method: 'POST', path: '/graphql', body: JSON.stringify({ query, variables }) })

const ours = `{ referrals(first: 20, status: IN_PROGRESS) { nodes { id status priority createdAt
  engagement { status since mentorship { record { id status startedAt
    mentor { id displayName type }
    contacts(first: 5) { nodes { id at mode result } } } } } } } }`

const fourLevels = `query ($network: UUID!, $organization: UUID!) {
  list: allReferralsList(first: 20, orderBy: ROW_ID_DESC, condition: { networkId: $network, receivingOrganizationId: $organization, status: "in_progress" }) {
    rowId status priority createdAt
    engagementStateByNetworkIdAndReferralId { status since }
    mentorshipsByNetworkIdAndReferralIdList(first: 1, orderBy: ROW_ID_DESC) { rowId status startedAt
      mentorByNetworkIdAndMentorId { rowId displayName type }
      contactsByNetworkIdAndMentorshipIdList(first: 5, orderBy: ROW_ID_DESC) { rowId at mode result } } } }`

const lists = `query ($network: UUID!, $organization: UUID!) {
  list: allReferralsList(first: 20, orderBy: ROW_ID_DESC, condition: { networkId: $network, receivingOrganizationId: $organization }) {
    rowId placerId status businessStatus statusReason statusReasonText outcome patientId programId organizationId receivingOrganizationId reasons priority
    preferences note sealed consentId agreementId replacesId resumeBy version createdAt updatedAt
    clockByNetworkIdAndClockIdAndClockRunning { ownerOrganizationId ownerRole action dueAt }
    consentByNetworkIdAndConsentId { rowId documentSha256 dataClasses purposes expiresOn } } }`

const events = `rowId sequence type occurredAt organizationId subjectType subjectId codes`

/** Its cursor for a place, asked once before: it has no way to begin at a number. */
async function fromPlace(base, network, actor, place) {
  const variables = { network, organization: actor.id }
  const reply = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: `query ($network: UUID!, $organization: UUID!, $offset: Int) { allEvents(first: 1, offset: $offset, orderBy: SEQUENCE_ASC, condition: { networkId: $network, organizationId: $organization }) { pageInfo { endCursor } } }`,
      variables: { ...variables, offset: Math.floor(place / 10) },
    }),
  })
  const { data, errors } = await reply.json()
  if (errors) throw new Error(JSON.stringify(errors[0]))
  const query = `query ($network: UUID!, $organization: UUID!, $after: Cursor) { feed: allEvents(first: 20, after: $after, orderBy: SEQUENCE_ASC, condition: { networkId: $network, organizationId: $organization }) { nodes { ${events} } pageInfo { endCursor } } }`
  return graph(actor, query, { ...variables, after: data.allEvents.pageInfo.endCursor })
}
