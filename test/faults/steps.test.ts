/**
 * The process is killed, or loses its database, at the steps of creating a referral: when a statement is on its way, and when
 * the word that it was carried out is. Whole or not at all; and whoever repeats has one answer.
 *
 *   npm run test:faults     at each step; the suite takes some of them, with the commit and its answer among them
 */
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { createKeyring } from '../../src/core/keyring.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serving, startProcess, tokenFrom } from '../support/process.ts'
import { sampleReferral } from '../support/samples.ts'
import { createWorld, type Member } from '../support/world.ts'
import { halfDone, timesStored } from './support/half-done.ts'
import { openTap, type Step, type Tapped } from './support/steps.ts'

const everyStep = process.env.FAULTS_STEPS === 'all'

interface Created {
  readonly status: number
  readonly id: string | undefined
  readonly replayed: boolean
}

async function refer(url: string, token: string, key: string, body: object): Promise<Created | undefined> {
  const reply = await fetch(`${url}/v1/referrals`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined)
  if (!reply) return undefined
  const { id } = (await reply.json().catch(() => ({}))) as { id?: string }
  return { status: reply.status, id, replayed: reply.headers.get('idempotency-replayed') === 'true' }
}

/** Until it is answered: the database may need a moment to see that who began the first one is gone. */
async function repeat(url: string, token: string, key: string, body: object): Promise<Created> {
  let last: Created | undefined
  const answered = eventually('the repetition is answered', async () => {
    last = await refer(url, token, key, body)
    return last && last.status < 400 ? last : undefined
  })
  return answered.catch((error: Error) => {
    throw new Error(`${error.message}; the last was ${JSON.stringify(last)}`)
  })
}

async function start(t: Test) {
  const { database, owner, close } = await openTestDatabase()
  t.teardown(close)
  const masterKey = randomBytes(32)
  const { clinic, networkId, programId } = await createWorld(
    { database, keyring: createKeyring(masterKey) },
    new Date(),
  )
  const tap = await openTap(owner.connectionString ?? '')
  t.teardown(tap.close)
  const env = serving(tap.url, masterKey)
  return { database, tap, clinic, networkId, programId, startProcess: () => startProcess(env) }
}

/** A process that has only just started on a busy machine may say that it is not up to it yet. */
const tokenOf = (url: string, { clientId, clientSecret }: Member) =>
  eventually('there is a token', () => tokenFrom(url, clientId, clientSecret).catch(() => undefined))

const nameOf = ({ number, kind, words }: Step) => `${number} ${kind}: ${words}`
const isCommit = ({ words }: Step) => words.toLowerCase() === 'commit'

/** The steps of a create as it goes when nothing goes wrong, in each direction in its order. */
async function stepsOf(tap: Tapped, create: () => Promise<Created | undefined>): Promise<Step[]> {
  const steps: Step[] = []
  tap.watch((step) => {
    steps.push(step)
    return 'pass'
  })
  const answer = await create()
  tap.watch(undefined)
  if (answer?.status !== 201) throw new Error(`The first create was answered ${answer?.status}`)
  if (everyStep) return steps
  // The first of each kind, one in the midst, the commit and its answer.
  return (['said', 'answered'] as const).flatMap((kind) => {
    const ofKind = steps.filter((step) => step.kind === kind)
    const middle = ofKind[Math.floor(ofKind.length / 2)]
    return [...new Set([ofKind[0], middle, ofKind.find(isCommit)])].flatMap((step) => step ?? [])
  })
}

/** Where the watched step comes by, `strike` has its turn; nothing passes after it. What had passed before is told. */
function strikeAt(tap: Tapped, wanted: Step, strike: () => void) {
  const passed: Step[] = []
  let struck = false
  tap.watch((step) => {
    if (struck) return 'lose'
    // The commit is known by its word: a process that has looked something up before says a statement less.
    const isIt = isCommit(wanted) ? isCommit(step) : step.number === wanted.number
    if (step.kind !== wanted.kind || !isIt) {
      passed.push(step)
      return 'pass'
    }
    struck = true
    strike()
    return 'lose'
  })
  return {
    wasStruck: () => struck,
    commitWasSent: () => passed.some((step) => step.kind === 'said' && isCommit(step)),
  }
}

const needsServer = {
  skip: serverUrl ? false : 'the embedded engine is in the process itself, and speaks to nobody',
  timeout: 600_000,
}

t.test(
  'killed at any step of a create, it leaves nothing half done, and the retry has one answer',
  needsServer,
  async (t) => {
    const { database, tap, clinic, networkId, programId, startProcess } = await start(t)
    let service = await startProcess()
    t.teardown(() => service.stop())
    let token = await tokenOf(service.url, clinic)
    // The first request of a process looks up what later ones know.
    await refer(service.url, token, 'first', sampleReferral(programId))
    const steps = await stepsOf(tap, () => refer(service.url, token, 'second', sampleReferral(programId)))
    const struck: Step[] = []
    for (const [index, step] of steps.entries()) {
      const body = sampleReferral(programId)
      const key = `order-${index}`
      const { wasStruck, commitWasSent } = strikeAt(tap, step, () => service.child.kill('SIGKILL'))
      const answer = await refer(service.url, token, key, body)
      tap.watch(undefined)
      if (!wasStruck()) {
        t.equal(answer?.status, 201, `done before ${nameOf(step)}`)
        continue
      }
      struck.push(step)
      t.equal(answer, undefined, `killed at ${nameOf(step)}, no answer comes`)
      t.match(await service.stop(), { signal: 'SIGKILL' })
      service = await startProcess()
      token = await tokenOf(service.url, clinic)
      await refer(service.url, token, `first-${index}`, sampleReferral(programId))
      const again = await repeat(service.url, token, key, body)
      t.equal(await timesStored(database, body.placerId), 1, 'it is there once')
      t.same(await halfDone(database, networkId), [], 'and whole')
      t.match(
        await repeat(service.url, token, key, body),
        { id: again.id, replayed: true },
        'and answered as one',
      )
      if (!commitWasSent()) t.notOk(again.replayed, 'what was not committed was carried out anew')
      else if (step.kind === 'answered' && isCommit(step)) t.ok(again.replayed, 'what was committed was not')
    }
    t.same(
      struck
        .filter(isCommit)
        .map(({ kind }) => kind)
        .sort(),
      ['answered', 'said'],
      'also before and after the commit',
    )
  },
)

t.test(
  'cut off from its database at any step, it says so, and nothing is half done',
  needsServer,
  async (t) => {
    const { database, tap, clinic, networkId, programId, startProcess } = await start(t)
    const service = await startProcess()
    t.teardown(() => service.stop())
    const token = await tokenOf(service.url, clinic)
    await refer(service.url, token, 'first', sampleReferral(programId))
    const steps = await stepsOf(tap, () => refer(service.url, token, 'second', sampleReferral(programId)))
    for (const [index, step] of steps.entries()) {
      const body = sampleReferral(programId)
      const key = `order-${index}`
      const { wasStruck, commitWasSent } = strikeAt(tap, step, tap.cut)
      const answer = await refer(service.url, token, key, body)
      tap.watch(undefined)
      if (!wasStruck()) {
        t.equal(answer?.status, 201, `done before ${nameOf(step)}`)
        continue
      }
      t.equal(answer?.status, 503, `cut at ${nameOf(step)}, the client is told to repeat it`)
      const again = await repeat(service.url, token, key, body)
      t.equal(await timesStored(database, body.placerId), 1, 'it is there once')
      t.same(await halfDone(database, networkId), [], 'and whole')
      t.match(
        await repeat(service.url, token, key, body),
        { id: again.id, replayed: true },
        'and answered as one',
      )
      if (!commitWasSent()) t.notOk(again.replayed, 'what was not committed was carried out anew')
    }
    t.ok(steps.length > 3, 'there were steps to be cut off at')
    t.equal(service.child.exitCode, null, 'the process stays')
  },
)
