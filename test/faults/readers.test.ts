/**
 * Two processes on one PostgreSQL, killed and cut off from it at random, while twenty writers change referrals and readers
 * follow: what was acknowledged reaches every reader, in order, and nothing else does.
 *
 *   npm run test:faults                                            a minute of faults
 *   FAULTS_SECONDS=600 FAULTS_SEED=7 npm run test:faults           longer, and with the faults of an earlier run
 */
import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createKeyring } from '../../src/core/keyring.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { working } from '../support/process.ts'
import { createWorld } from '../support/world.ts'
import { type Chance, createChance } from './support/chance.ts'
import { createClient } from './support/clients.ts'
import { type Supervised, supervise } from './support/fleet.ts'
import { feedReader, type Reader, streamReader, subscriptionReader } from './support/readers.ts'
import {
  duplicates,
  faultsOfLog,
  faultsOfReader,
  longestRecovery,
  repeat,
  type Stored,
} from './support/verdict.ts'
import { webhookReader } from './support/webhook.ts'
import { type Journal, write } from './support/writers.ts'

const seconds = Number(process.env.FAULTS_SECONDS ?? 15)
const seed = Number(process.env.FAULTS_SEED ?? randomInt(2 ** 31))
const writers = 20
/** Of changes that were answered at once: repeated, too. */
const samplesRepeated = 50
/** A delivery whose answer was lost is tried again after five seconds, and what else its endpoint has waits for it. */
const settlesWithinMs = 120_000

interface Faults {
  readonly kills: number[]
  readonly cuts: number[]
}

/** Kills and cuts by turns: on a slow machine the time is over before there were enough of them. */
const turnsMin = 4

/** Until the time is over: one fault after the other, sometimes two at once, with time to breathe in between. */
async function disturb(fleet: readonly Supervised[], chance: Chance, until: AbortSignal): Promise<Faults> {
  const faults: Faults = { kills: [], cuts: [] }
  const one = () => fleet[chance.below(fleet.length)]
  const starting: Promise<void>[] = []
  // The next fault does not wait until it is back: now and then none is there for a moment.
  const kill = () => {
    const ready = one()?.kill()
    if (ready) starting.push(ready.then(() => void faults.kills.push(performance.now())))
  }
  for (let turn = 0; !until.aborted || turn < turnsMin; turn += 1) {
    await delay(chance.between(500, 2_500))
    if (turn % 2 === 0) {
      kill()
    } else {
      const forMs = chance.between(500, 3_000)
      const cut = chance.happens(0.5) ? fleet : fleet.slice(chance.below(fleet.length)).slice(0, 1)
      // A process that dies while its line is cut has to start without one.
      if (chance.happens(0.2)) kill()
      await Promise.all(cut.map((each) => each.cutOff(forMs)))
      faults.cuts.push(performance.now())
    }
  }
  await Promise.all(starting)
  return faults
}

t.test(
  `for ${seconds} s of faults with seed ${seed}, every reader is told what was acknowledged`,
  {
    skip: serverUrl ? false : 'the embedded engine lives in one process, and dies with it',
    timeout: (seconds + 300) * 1_000,
  },
  async (t) => {
    const { database, owner, close } = await openTestDatabase()
    t.teardown(close)
    const masterKey = randomBytes(32)
    const world = await createWorld({ database, keyring: createKeyring(masterKey) }, new Date())
    const env = {
      ...working(owner.connectionString, masterKey),
      PUBLIC_URL: 'http://alongside.test',
      DATABASE_POOL_SIZE: '8',
      ACCESS_TOKEN_SECONDS: '900',
    }
    const fleet = await Promise.all([1, 2].map(() => supervise(env)))
    let stopped = false
    const stop = async () => {
      if (!stopped) await Promise.all(fleet.map((each) => each.stop()))
      stopped = true
    }
    t.teardown(stop)
    const chance = createChance(seed)
    const urls = fleet.map(({ url }) => url)
    const clientOf = (member: typeof world.clinic) =>
      createClient(member, urls, createChance(chance.below(2 ** 31)))
    const [clinic, operator] = [clientOf(world.clinic), clientOf(world.operator)]

    const readers: Reader[] = [
      await webhookReader(clientOf(world.operator), createChance(seed + 4)),
      feedReader(clientOf(world.operator), createChance(seed + 1)),
      streamReader(clientOf(world.clinic), createChance(seed + 2)),
      subscriptionReader(clientOf(world.clinic), createChance(seed + 3)),
    ]
    const reading = new AbortController()
    const read = Promise.all(readers.map((reader) => reader.run(reading.signal)))
    const journal: Journal = { changes: [], refusals: [] }
    const writing = new AbortController()
    const written = Promise.all(
      Array.from({ length: writers }, (_, n) =>
        write({
          clinic,
          operator,
          programId: world.programId,
          chance: createChance(seed + 100 + n),
          until: writing.signal,
          journal,
          name: `writer-${n}`,
        }),
      ),
    )
    const { kills, cuts } = await disturb(fleet, chance, AbortSignal.timeout(seconds * 1_000))
    const mendedAt = performance.now()
    writing.abort()
    await written
    const writtenAt = performance.now()

    const stored = async () =>
      (
        await database.pool.query<Stored>(
          `select id, sequence::int, type, subject_id as "subjectId" from events
           where network_id = $1 and type like 'referral.%' order by sequence`,
          [world.networkId],
        )
      ).rows
    const numbered = () =>
      eventually('everything has a number', async () => {
        const { rows } = await database.pool.query<{ waiting: number }>(
          'select count(*)::int as waiting from events where sequence is null',
        )
        return rows[0]?.waiting === 0
      })
    await numbered()
    const doubtful = journal.changes.filter(({ uncertain, answer }) => uncertain || !answer)
    const certain = journal.changes.filter(({ uncertain, answer }) => !uncertain && answer)
    const repeated = await repeat([...doubtful, ...certain.slice(-samplesRepeated)], await stored())
    await numbered()
    const log = await stored()
    const repeatedAt = performance.now()
    const settledAt = new Map<Reader, number>()
    const end = Date.now() + settlesWithinMs
    while (settledAt.size < readers.length && Date.now() < end) {
      for (const reader of readers)
        if (!settledAt.has(reader) && faultsOfReader(reader, log).length === 0)
          settledAt.set(reader, performance.now())
      await delay(200)
    }
    reading.abort()
    await read
    await stop()

    const faults = [kills, cuts].flat()
    const acknowledgements = journal.changes.flatMap(({ acknowledgedAt }) => acknowledgedAt ?? [])
    const table = [
      ['seed', seed],
      ['writes acknowledged', acknowledgements.length],
      ['of these, once in doubt', doubtful.filter(({ acknowledgedAt }) => acknowledgedAt).length],
      ['given up in doubt, repeated at the end', doubtful.filter((one) => !one.acknowledgedAt).length],
      ['kills', kills.length],
      ['cuts of the database', cuts.length],
      ['longest start of a process, ms', Math.max(...fleet.flatMap(({ startsMs }) => startsMs))],
      ['events', log.length],
      ...readers.map(({ name, reads }): [string, string] => [
        `${name}: read, of these again`,
        `${reads.length}, ${duplicates(reads)}`,
      ]),
      ['longest until a write after a fault, ms', longestRecovery(faults, acknowledgements)],
      ...readers.map(({ name, reads }): [string, number] => [
        `longest until ${name} after a fault, ms`,
        longestRecovery(
          faults,
          reads.map(({ at }) => at),
        ),
      ]),
      ['after the last fault until all was answered, ms', Math.round(writtenAt - mendedAt)],
      ['until it was repeated, ms', Math.round(repeatedAt - writtenAt)],
      ...readers.map((reader): [string, number] => [
        `until ${reader.name} had all of it, ms`,
        Math.round((settledAt.get(reader) ?? Number.NaN) - repeatedAt),
      ]),
    ]
    for (const [what, value] of table) t.comment(`${String(what).padEnd(48)} ${value}`)

    t.ok(acknowledgements.length > writers, 'there was something to tell')
    t.ok(kills.length > 0 && cuts.length > 0, 'and something went wrong')
    t.same(journal.refusals, [], 'no change is refused for a fault of ours')
    t.same(faultsOfLog(journal.changes, log), [], 'the log has what was acknowledged, once and in order')
    t.same(repeated, [], 'repeated with its key, a change is answered as before')
    for (const reader of readers) {
      t.same(faultsOfReader(reader, log), [], `${reader.name}: all of it, in order, under one id each`)
      t.same(reader.faults, [], `${reader.name}: and no answer that a reader could not act on`)
    }
    t.same(
      fleet.flatMap(({ diedByItself }) => diedByItself),
      [],
      'a process that loses its database stays',
    )
    const { rows } = await database.pool.query(
      `select count(*)::int as events, count(distinct sequence)::int as numbers, min(sequence)::int as first,
              max(sequence)::int as last, (select last_sequence::int from event_logs where network_id = $1) as counted
       from events where network_id = $1`,
      [world.networkId],
    )
    const { events } = rows[0]
    t.same(rows, [{ events, numbers: events, first: 1, last: events, counted: events }], 'without a gap')
  },
)
