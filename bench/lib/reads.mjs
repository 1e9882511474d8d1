import { cpuMs } from './cpu.mjs'
import { latencies } from './measure.mjs'
import { createRandom } from './random.mjs'

const candidatesGoal = { metric: 'p95', most: 50 }
const worklistGoal = { metric: 'p95', most: 20 }

/** What a coordinator and a clinic look at all day, over HTTP. */
export async function measureReads({ data, owner, databaseUrl, count, groups, say, startService }, report) {
  if (!['candidates', 'worklists', 'engagement', 'lists'].some((group) => groups.includes(group))) return
  const service = await startService({ databaseUrl, seed: data.seed })
  const random = createRandom(data.seed, 'reads')
  const actors = actorsBySize(data.actors)
  const measure = async (group, what, ask, goal) => {
    const cpuBefore = await cpuMs(service.pid)
    const warmUp = Math.max(5, Math.ceil(count / 10))
    const result = await latencies({ warmUp, count, ask }).catch((error) => ({ refused: error.message }))
    const cpu = ((await cpuMs(service.pid)) - cpuBefore) / (count + warmUp)
    report.add({ group, what, goal, ...result, ...(result.refused === undefined && { cpu }) })
  }
  try {
    if (groups.includes('candidates')) await measureCandidates({ data, owner, service, random, actors, measure })
    if (groups.includes('worklists')) await measureWorklists({ service, actors, measure, say })
    if (groups.includes('engagement')) await measureEngagement({ data, owner, service, random, actors, measure })
    if (groups.includes('lists')) await measureLists({ service, actors, measure })
  } finally {
    await service.stop()
  }
}

/** The largest operator, one of the medium ones, and some of the usual size; clinics by how much they send. */
function actorsBySize({ operators, clinics }) {
  return { large: operators[0], medium: operators[1], usual: operators.slice(6, 16), busyClinic: clinics[0], quietClinic: clinics.at(-1) }
}

async function measureCandidates({ data, owner, service, random, actors, measure }) {
  const waitingAt = async ({ id }) => {
    const { rows } = await owner.query(
      `select id from referrals where network_id = $1 and receiving_organization_id = $2 and status = 'accepted'
       and not exists (select from mentorships m where m.network_id = $1 and m.referral_id = referrals.id and m.status <> 'closed') order by id limit 2000`,
      [data.networkId, id],
    )
    return rows.map((row) => row.id)
  }
  const groups = [
    [`${actors.large.mentors} mentors`, [actors.large]],
    [`${actors.medium.mentors} mentors`, [actors.medium]],
    [`${actors.usual[0].mentors} mentors`, actors.usual],
  ]
  for (const [size, operators] of groups) {
    const asked = []
    for (const actor of operators) asked.push({ api: await service.as(actor), ids: await waitingAt(actor) })
    const open = asked.filter(({ ids }) => ids.length > 0)
    const ask = () => {
      const { api, ids } = random.one(open)
      return api.get(`/v1/referrals/${random.one(ids)}/candidates?limit=10`)
    }
    await measure('candidates', `ten best of one referral, operator of ${size}`, ask, candidatesGoal)
    // What the service keeps of mentors holds until one of them changes: here one does before each request, uncounted.
    const afterChange = async () => {
      for (const { id } of operators)
        await owner.query(`update mentors set load = load where (network_id, id) = (select network_id, id from mentors where network_id = $1 and organization_id = $2 and status = 'active' limit 1)`, [data.networkId, id])
      return ask()
    }
    await measure('candidates', `the same, each after a mentor has changed, operator of ${size}`, afterChange, candidatesGoal)
  }
}

async function measureWorklists({ service, actors, measure, say }) {
  const { paths } = await service.openapi()
  const lists = Object.keys(paths).filter((path) => /^\/v1\/worklists\/[^/{}]+$/.test(path) && paths[path].get)
  if (lists.length === 0) return say('worklists: the service has none yet')
  const large = await service.as(actors.large)
  const usual = await service.as(actors.usual[0])
  for (const path of lists) {
    await measure('worklists', `${path}, ${actors.large.mentors} mentors`, () => large.get(path), worklistGoal)
    await measure('worklists', `${path}, ${actors.usual[0].mentors} mentors`, () => usual.get(path), worklistGoal)
  }
}

async function measureEngagement({ data, owner, service, random, actors, measure }) {
  const openOf = async (column, { id }) => {
    const { rows } = await owner.query(
      `select id from referrals where network_id = $1 and ${column} = $2 and status = 'in_progress' order by id limit 3000`,
      [data.networkId, id],
    )
    return rows.map((row) => row.id)
  }
  const operator = { api: await service.as(actors.large), ids: await openOf('receiving_organization_id', actors.large) }
  const clinic = { api: await service.as(actors.busyClinic), ids: await openOf('organization_id', actors.busyClinic) }
  const one = ({ api, ids }, path) => () => api.get(`/v1/referrals/${random.one(ids)}${path}`)
  await measure('engagement', 'engagement of one referral, by the operator', one(operator, '/engagement'))
  await measure('engagement', 'engagement of one referral, by the clinic', one(clinic, '/engagement'))
  await measure('engagement', 'engagement list, first page, large operator', () => operator.api.get('/v1/engagement'))
  await measure('engagement', 'engagement list, first page, busy clinic', () => clinic.api.get('/v1/engagement'))
  await measure('engagement', 'engagement list, 100 a page, busy clinic', () => clinic.api.get('/v1/engagement?limit=100'))
  await measure('engagement', 'engagement list, at risk, large operator', () => operator.api.get('/v1/engagement?status=at_risk'))
  await measure('engagement', 'engagement list, at risk, busy clinic', () => clinic.api.get('/v1/engagement?status=at_risk'))
  const dayAgo = new Date(data.asOf.getTime() - 86_400_000).toISOString()
  await measure('engagement', 'engagement changed within a day, busy clinic', () => clinic.api.get(`/v1/engagement?modifiedSince=${dayAgo}`))
  await measure('engagement', 'timeline of one referral, by the operator', one(operator, '/timeline'))
  await measure('engagement', 'timeline of one referral, by the clinic', one(clinic, '/timeline'))
}

async function measureLists({ service, actors, measure }) {
  const operator = await service.as(actors.large)
  const clinic = await service.as(actors.busyClinic)
  const quiet = await service.as(actors.quietClinic)
  await measure('lists', 'referrals, first page, large operator', () => operator.get('/v1/referrals'))
  await measure('lists', 'referrals, first page, busy clinic', () => clinic.get('/v1/referrals'))
  await measure('lists', 'referrals, first page, quiet clinic', () => quiet.get('/v1/referrals'))
  await measure('lists', 'referrals, accepted, large operator', () => operator.get('/v1/referrals?status=accepted'))
  await measure('lists', 'referrals, on hold, busy clinic', () => clinic.get('/v1/referrals?status=on_hold'))
  await measure('lists', 'mentors, first page, large operator', () => operator.get('/v1/mentors'))
  await measure('lists', 'mentorships, first page, large operator', () => operator.get('/v1/mentorships'))
  await measure('lists', 'mentorships, paused, large operator', () => operator.get('/v1/mentorships?status=paused'))
  await measure('lists', 'offers, pending, large operator', () => operator.get('/v1/offers?status=pending'))
}
