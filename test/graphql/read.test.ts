import t from 'tap'
import { ready } from '../domains/offers/ready.ts'
import { serverUrl } from '../support/database.ts'
import { graphOf } from '../support/graphql.ts'
import { countStatements } from '../support/statements.ts'

/** What a clinic's screen and an operator's screen show, in one query each. */
const screen = `query ($first: Int!) {
  referrals(first: $first) {
    nodes {
      id status priority owner { role organization { name } }
      patient { id name }
      program { name capacity { status } organization { id name } }
      engagement { status mentorship { mentorType record { id status mentor { displayName } contacts(first: 5) { nodes { result at } } } } }
      mentorships(first: 3) { nodes { id mentor { id displayName } contacts(first: 5) { edges { cursor node { result } } } } }
      offers(first: 3) { nodes { status mentor { displayName } mentorship { status } } }
      history(first: 5) { nodes { command status } }
      allowedTransitions { transitions { command } }
      consent { status dataClasses }
    }
    pageInfo { hasNextPage endCursor }
  }
}`

t.test('one query shows a whole screen, with the same values as REST', async (t) => {
  const { clinic, operator, matched, contact, world } = await ready(t)
  const { referralId, mentorshipId, mentorId } = await matched()
  await contact(mentorshipId)
  const { data, errors, extensions, status } = await graphOf(operator)(screen, { first: 20 })
  t.equal(status, 200)
  t.same(errors, undefined)
  t.ok(extensions.cost > 20)
  const [referral] = data.referrals.nodes
  const rest = (await operator.get(`/v1/referrals/${referralId}`)).body
  t.equal(referral.id, rest.id)
  t.equal(referral.status, rest.status.toUpperCase())
  t.equal(referral.owner.organization.name, 'Sample Recovery Community')
  t.equal(referral.program.organization.id, world.operator.organizationId)
  t.equal(referral.program.capacity.status, 'UNKNOWN')
  t.equal(referral.engagement.status, 'CONNECTED')
  t.equal(referral.engagement.mentorship.record.id, mentorshipId)
  t.equal(referral.engagement.mentorship.record.contacts.nodes[0].result, 'TWO_WAY')
  t.equal(referral.mentorships.nodes[0].mentor.id, mentorId)
  t.equal(referral.offers.nodes[0].mentorship.status, 'ACTIVE')
  t.equal(referral.history.nodes[0].command, 'request')
  t.same(
    referral.allowedTransitions.transitions.map(({ command }: { command: string }) => command.toLowerCase()),
    (await operator.get(`/v1/referrals/${referralId}/allowed-transitions`)).body.transitions.map(
      ({ command }: { command: string }) => command,
    ),
  )

  const asClinic = await graphOf(clinic)(
    `query ($id: ID!) { referral(id: $id) { patient { name referrals(first: 5) { nodes { id } } consents(first: 5) { nodes { status } } }
      engagement { status disclosure { notice { form } } mentorship { record { status disclosure { id } mentor { displayName } } } } } }`,
    { id: referralId },
  )
  t.same(asClinic.errors, undefined)
  const { patient, engagement } = asClinic.data.referral
  t.equal(patient.name, 'Sample Patient')
  t.equal(patient.referrals.nodes[0].id, referralId)
  t.equal(patient.consents.nodes[0].status, 'ACTIVE')
  t.equal(engagement.disclosure.notice.form, 'SHORT')
  t.ok(engagement.mentorship.record.disclosure.id)
  t.equal(engagement.mentorship.record.mentor, null, 'who the mentor is stays with their organization')
})

t.test('a query costs the same statements whatever the page size', async (t) => {
  const { operator, matched, contact, service } = await ready(t)
  for (let pair = 0; pair < 4; pair += 1) {
    const { mentorshipId } = await matched()
    for (let made = 0; made < 6; made += 1) await contact(mentorshipId)
  }
  const counter = countStatements(service.database)
  t.teardown(counter.stop)
  const ask = graphOf(operator)
  await ask(screen, { first: 4 })
  const one = await counter.during(() => ask(screen, { first: 1 }))
  const four = await counter.during(() => ask(screen, { first: 4 }))
  t.equal(one.result.data.referrals.nodes.length, 1)
  t.equal(four.result.data.referrals.nodes.length, 4)
  t.equal(four.result.data.referrals.nodes[3].mentorships.nodes[0].contacts.edges.length, 5)
  t.equal(four.statements.length, one.statements.length, four.statements.join('\n'))
  // The engine inside the process gives one transaction at a time, and each action its own.
  if (serverUrl) t.equal(four.statements.filter((sql) => sql.startsWith('begin')).length, 1, 'of one instant')
  const reading = (table: string) =>
    four.statements.filter((sql) => new RegExp(`^select.* from .*"${table}"`, 's').test(sql)).length
  t.equal(reading('mentors'), 1, 'mentors are read once')
})

t.test('lists go on where they ended, from any place in them', async (t) => {
  const { clinic, referred } = await ready(t)
  const ids: string[] = []
  for (let made = 0; made < 5; made += 1) ids.unshift(await referred())
  const ask = graphOf(clinic)
  const page = async (first: number, after?: string) =>
    (
      await ask(
        `query ($first: Int, $after: String) { referrals(first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`,
        { first, after },
      )
    ).data.referrals
  const first = await page(2)
  t.same(
    first.edges.map(({ node }: { node: { id: string } }) => node.id),
    ids.slice(0, 2),
  )
  t.equal(first.pageInfo.hasNextPage, true)
  const second = await page(2, first.pageInfo.endCursor)
  t.same(
    second.edges.map(({ node }: { node: { id: string } }) => node.id),
    ids.slice(2, 4),
  )
  const inside = await page(3, second.edges[0].cursor)
  t.same(
    inside.edges.map(({ node }: { node: { id: string } }) => node.id),
    ids.slice(3, 5),
  )
  t.equal(inside.pageInfo.hasNextPage, false)
  for (const wrong of ['x', 'pxxxx', 'ixxxx', '']) {
    const { errors } = await ask(`query ($after: String) { referrals(after: $after) { nodes { id } } }`, {
      after: wrong,
    })
    t.equal(errors?.[0].extensions.code, 'invalid_cursor', wrong)
  }
  for (const wrong of [0, -1, 101]) {
    const { errors } = await ask(`{ referrals(first: ${wrong}) { nodes { id } } }`)
    t.equal(errors?.[0].extensions.code, 'invalid_input', String(wrong))
  }
})
