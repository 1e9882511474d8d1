/**
 * The floor: what the same reads and the same durable writes cost when nothing else is done. Bare Fastify and pg with
 * prepared statements: no token, no scope, no validation, no row-level security, no consent decision, no sealing.
 * Callers name themselves. It is no service anybody may run; it is what Alongside is measured against.
 */
import Fastify from 'fastify'
import pg from 'pg'
import { toCandidates, toDisclosure, toEngagementAnswer, toEvent, toReferral } from '../contestants/answers.mjs'
import { auditRow, callerOf, disclosureRow, rowsOfNewReferral } from '../contestants/rows.mjs'
import * as sql from './statements.mjs'

const { sendTogether } = await import(new URL('../../dist/db/prepared.js', import.meta.url).href)
const { DATABASE_URL, PORT, NETWORK_ID } = process.env

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, pipeline: true, application_name: 'floor' })
// Statements of one moment leave in one piece here too: the floor is the driver used as well as the service uses it.
pool.on('connect', sendTogether)

/** Reads, then what they make it write, with the commit: two round trips. */
async function inTransaction(reads, work) {
  const client = await pool.connect()
  try {
    const [, ...read] = await Promise.all([sql.begin, ...reads].map((statement) => client.query(statement)))
    const { writes, answer } = work(...read.map(({ rows }) => rows))
    await Promise.all([...writes, sql.commit].map((statement) => client.query(statement)))
    return answer
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

const clockOf = (row) =>
  row.clock_action && { action: row.clock_action, due_at: row.clock_due_at, owner_organization_id: row.clock_owner, owner_role: row.clock_role }
const consentOf = (row) => ({
  id: row.k_id, document_sha256: row.k_document_sha256, data_classes: row.k_data_classes, purposes: row.k_purposes, expires_on: row.k_expires_on,
})
const subjectOf = (row) => ({ type: 'referral', id: row.id, patientId: row.patient_id })

/** What of another organization's goes out with its notice, and the ledger and audit rows of it. */
function disclosed(who, what, row, holderId, form) {
  if (holderId === who.organizationId) return { audit: auditRow(who, `${what}.read`, subjectOf(row)) }
  const ledger = disclosureRow(who, what, { holderId, referralId: row.id, patientId: row.patient_id, consentId: row.consent_id })
  return {
    ledger,
    audit: auditRow(who, `${what}.read`, subjectOf(row), { basis: 'consent', basisId: row.consent_id }),
    disclosure: toDisclosure(ledger.id, consentOf(row), [row.receiver_name], form),
  }
}

function writesOf(parts) {
  const ledger = parts.flatMap((part) => part.ledger ?? [])
  const audit = parts.map((part) => part.audit)
  return [...(ledger.length > 0 ? [sql.insert('disclosures', ledger)] : []), ...(audit.length > 0 ? [sql.insert('audit_events', audit)] : [])]
}

const app = Fastify()
app.decorateRequest('who', null)
app.addHook('onRequest', async (request) => {
  request.who = callerOf(request.headers, NETWORK_ID)
})

app.post('/v1/referrals', async ({ who, body, headers }, reply) => {
  const key = headers['idempotency-key']
  const { system, value } = body.patient.identifier
  const answer = await inTransaction(
    [
      sql.answerByKey(NETWORK_ID, who.clientId, key),
      sql.referralByPlacer(NETWORK_ID, who.organizationId, body.placerId),
      sql.programById(NETWORK_ID, body.programId),
      sql.patientByIdentifier(NETWORK_ID, who.organizationId, system, value),
    ],
    (_kept, _existing, [program]) => {
      const made = rowsOfNewReferral(who, body, program, key)
      const answer = toReferral(made.referral, made.clock)
      const writes = Object.entries(made.rows).map(([table, rows]) => sql.insert(table, rows))
      return { answer, writes: [...writes, sql.insertOne('idempotency_answers', made.keptAnswer(answer))] }
    },
  )
  return reply.code(201).send(answer)
})

app.get('/v1/referrals/:id/engagement', ({ who, params: { id } }) =>
  inTransaction(
    [sql.referralById, sql.mentorshipsOf, sql.contactsOf, sql.pausesOf, sql.holdsOf].map((statement) => statement(NETWORK_ID, id)).concat(sql.activeRules(NETWORK_ID)),
    ([row], mentorships, contacts, pauses, turns, [rules]) => {
      const part = disclosed(who, 'engagement', row, row.receiving_organization_id, 'long')
      const answer = toEngagementAnswer({ row, clock: clockOf(row), mentorships, contacts, pauses, turns, rules, now: who.now, disclosure: part.disclosure })
      return { answer, writes: writesOf([part]) }
    },
  ),
)

app.get('/v1/referrals', ({ who, query }) => {
  const limit = Math.min(Number(query.limit), sql.pageMax - 1)
  return inTransaction([sql.pageOfReferrals(NETWORK_ID, who.organizationId)], (rows) => {
    const page = rows.slice(0, limit)
    const parts = page.map((row) => disclosed(who, 'list', row, row.organization_id, 'short'))
    const data = page.map((row, index) => toReferral(row, clockOf(row), parts[index].disclosure))
    return { answer: { data, nextCursor: rows.length > limit ? page.at(-1).id : null }, writes: writesOf(parts) }
  })
})

app.get('/v1/referrals/:id/candidates', ({ who, params: { id }, query }) =>
  inTransaction(
    [sql.referralById(NETWORK_ID, id), sql.patientZone(NETWORK_ID, id), sql.mentorsFor(NETWORK_ID, id, Number(query.limit))],
    ([row], [{ time_zone: timeZone }], mentors) => {
      const part = disclosed(who, 'candidates', row, row.organization_id, 'long')
      return { answer: toCandidates(id, mentors, row.preferences, timeZone, who.now, part.disclosure), writes: writesOf([part]) }
    },
  ),
)

app.get('/v1/events', ({ who, query }) => {
  const limit = Number(query.limit)
  return inTransaction([sql.logOf(NETWORK_ID), sql.eventsAfter(NETWORK_ID, Number(query.after), who.organizationId, limit)], (_log, rows) => {
    const told = [...new Map(rows.map((row) => [row.subject_id, row])).values()]
    const audit = told.map((row) => auditRow(who, 'events.list', { type: row.subject_type, id: row.subject_id, patientId: row.patient_id }))
    return {
      answer: { data: rows.map(toEvent), nextCursor: rows.at(-1)?.id ?? null, through: Number(rows.at(-1)?.sequence ?? query.after) },
      writes: writesOf(audit.map((row) => ({ audit: row }))),
    }
  })
})

/** The four levels, without a language to ask for them in. */
app.post('/graphql', ({ who }) =>
  inTransaction([sql.accompanied(NETWORK_ID, who.organizationId, 20)], (rows) => {
    const ledger = rows.map((row) => disclosureRow(who, 'list', { holderId: row.organization_id, referralId: row.id, patientId: row.patient_id, consentId: row.consent_id }))
    const mentorshipOf = (row) => ({ type: 'mentorship', id: row.mentorship_id, patientId: row.patient_id })
    const audit = rows.flatMap((row) => [
      auditRow(who, 'referrals.list', subjectOf(row), { basis: 'consent', basisId: row.consent_id }),
      auditRow(who, 'engagement.getMany', subjectOf(row)),
      auditRow(who, 'mentorships.getMany', mentorshipOf(row)),
      auditRow(who, 'contacts.ofMentorships', mentorshipOf(row)),
    ])
    const nodes = rows.map((row) => ({
      id: row.id, status: row.status, priority: row.priority, createdAt: row.created_at,
      engagement: {
        status: row.engagement_status, since: row.since,
        mentorship: { record: { id: row.mentorship_id, status: row.mentorship_status, startedAt: row.started_at, mentor: { id: row.mentor_id, displayName: row.display_name, type: row.mentor_type }, contacts: { nodes: row.contacts } } },
      },
    }))
    return { answer: { data: { referrals: { nodes } } }, writes: [sql.insert('disclosures', ledger), sql.insert('audit_events', audit)] }
  }),
)

await app.listen({ port: Number(PORT), host: '127.0.0.1' })
