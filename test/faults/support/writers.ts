import { setTimeout as delay } from 'node:timers/promises'
import { sampleReferral } from '../../support/samples.ts'
import type { Chance } from './chance.ts'
import type { Client } from './clients.ts'

/** One change: what was asked for, and what is known of it. */
export interface Change {
  readonly client: Client
  readonly path: string
  readonly body: unknown
  readonly key: string
  /** Of the referral that was made by it, or is moved by it. */
  referralId: string | undefined
  answer: Answered | undefined
  /** An attempt after which nobody knew whether it had been carried out. */
  uncertain: boolean
  acknowledgedAt: number | undefined
}

export interface Answered {
  readonly id: string
  readonly status: string
  readonly version: number
}

export interface Journal {
  readonly changes: Change[]
  /** Answers that say neither "done" nor "again". */
  readonly refusals: string[]
}

export interface WriterOptions {
  readonly clinic: Client
  readonly operator: Client
  readonly programId: string
  readonly chance: Chance
  readonly until: AbortSignal
  readonly journal: Journal
  readonly name: string
}

/** Makes referrals and moves them, one change after the other, each until it is answered; sometimes it gives one up. */
export async function write(options: WriterOptions): Promise<void> {
  const { clinic, operator, programId, chance, until, journal, name } = options
  const resumeBy = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
  const moves = [
    { by: operator, verb: 'accept', body: {} },
    { by: operator, verb: 'hold', body: { reason: 'in_hospital_or_residential', resumeBy } },
    { by: operator, verb: 'resume', body: {} },
    { by: clinic, verb: 'cancel', body: { reason: 'person_declined' } },
  ]
  for (let story = 0; !until.aborted; story += 1) {
    const made = note(journal, clinic, '/v1/referrals', sampleReferral(programId), `${name}-${story}-refer`)
    // A client that crashed, and whose order nobody sent again.
    const givesUp = chance.happens(0.15)
    await carryOut(made, journal, chance, givesUp)
    for (const { by, verb, body } of moves) {
      if (until.aborted || !made.referralId) break
      const path = `/v1/referrals/${made.referralId}/${verb}`
      const move = note(journal, by, path, body, `${name}-${story}-${verb}`)
      move.referralId = made.referralId
      await carryOut(move, journal, chance, false)
      if (!move.answer) break
      await delay(chance.between(0, 100))
    }
  }
}

function note(journal: Journal, client: Client, path: string, body: unknown, key: string): Change {
  const change: Change = {
    client,
    path,
    body,
    key,
    referralId: undefined,
    answer: undefined,
    uncertain: false,
    acknowledgedAt: undefined,
  }
  journal.changes.push(change)
  return change
}

/** Long after every fault is mended. */
const patienceMs = 120_000

async function carryOut(change: Change, journal: Journal, chance: Chance, givesUp: boolean): Promise<void> {
  const end = performance.now() + patienceMs
  while (performance.now() < end) {
    const outcome = await attempt(change)
    if (outcome.kind === 'done') {
      change.answer = outcome.answer
      change.referralId = outcome.answer.id
      change.acknowledgedAt = performance.now()
      return
    }
    if (outcome.kind === 'refused') {
      journal.refusals.push(`${change.path}: ${outcome.why}`)
      return
    }
    change.uncertain ||= outcome.kind === 'unknown'
    if (givesUp && change.uncertain) return
    await delay(chance.between(50, 400))
  }
  journal.refusals.push(`${change.path}: it was never answered`)
}

type Outcome =
  | { readonly kind: 'done'; readonly answer: Answered; readonly replayed: boolean }
  | { readonly kind: 'again' | 'unknown' }
  | { readonly kind: 'refused'; readonly why: string }

/** Sends it once, with its key. */
export async function attempt({ client, path, body, key }: Change): Promise<Outcome> {
  try {
    const reply = await client.ask(path, { body, headers: { 'idempotency-key': key } })
    const text = await reply.text()
    if (reply.ok) {
      const { id, status, version } = JSON.parse(text)
      const replayed = reply.headers.get('idempotency-replayed') === 'true'
      return { kind: 'done', answer: { id, status, version }, replayed }
    }
    // The commit may have been sent before the line was cut.
    if (reply.status === 503) return { kind: 'unknown' }
    const code = /"code":"(\w+)"/.exec(text)?.[1]
    if (code === 'idempotency_in_progress' || reply.status === 429) return { kind: 'again' }
    return { kind: 'refused', why: `${reply.status} ${text.slice(0, 300)}` }
  } catch {
    return { kind: 'unknown' }
  }
}
