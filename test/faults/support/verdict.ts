import type { Read, Reader } from './readers.ts'
import { attempt, type Change } from './writers.ts'

/** The log as it is stored, past every wall. */
export interface Stored {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly subjectId: string
}

/** What was asked for, seen from the client: its referral and the states that were acknowledged, in order. */
function acknowledged(changes: readonly Change[]): Map<string, string[]> {
  const states = new Map<string, string[]>()
  for (const { answer, referralId } of changes) {
    if (!answer || !referralId) continue
    const known = states.get(referralId) ?? []
    known.push(`referral.${answer.status}`)
    states.set(referralId, known)
  }
  return states
}

const grouped = (rows: readonly { subjectId: string; type: string }[]) => {
  const types = new Map<string, string[]>()
  for (const { subjectId, type } of rows) types.set(subjectId, [...(types.get(subjectId) ?? []), type])
  return types
}

/** Each acknowledged change stands in the log once and in order, and nothing else does. */
export function faultsOfLog(changes: readonly Change[], log: readonly Stored[]): string[] {
  const wanted = acknowledged(changes)
  const found = grouped(log)
  const faults: string[] = []
  for (const [id, types] of wanted) {
    const stored = found.get(id) ?? []
    if (stored.join() !== types.join()) faults.push(`${id}: acknowledged ${types}, in the log ${stored}`)
  }
  for (const [id, types] of found)
    if (!wanted.has(id)) faults.push(`${id}: ${types} is in the log, and nobody was told`)
  return faults
}

/** At least once, each under one id, in the order that this way promises when the first copies are looked at. */
export function faultsOfReader({ name, reads, order }: Reader, log: readonly Stored[]): string[] {
  const faults: string[] = []
  const stored = new Map(log.map((event) => [event.sequence, event]))
  const first = new Map<number, Read>()
  const reached = new Map<string, number>()
  for (const read of reads) {
    const event = stored.get(read.sequence)
    if (event?.id !== read.id || event.subjectId !== read.subjectId || event.type !== read.type)
      faults.push(`${name}: number ${read.sequence} is ${read.type} ${read.id}, and ${event?.id} in the log`)
    if (first.has(read.sequence)) continue
    first.set(read.sequence, read)
    const lane = order === 'of_log' ? 'log' : read.subjectId
    const highest = reached.get(lane) ?? 0
    if (read.sequence < highest) faults.push(`${name}: ${read.sequence} came after ${highest}`)
    reached.set(lane, Math.max(highest, read.sequence))
  }
  for (const { sequence, type, subjectId } of log)
    if (!first.has(sequence)) faults.push(`${name}: ${sequence} ${type} of ${subjectId} never came`)
  return faults
}

/** Sent once more with its key, each change whose outcome was in doubt is answered as it was, or carried out if it was not. */
export async function repeat(changes: readonly Change[], log: readonly Stored[]): Promise<string[]> {
  const faults: string[] = []
  const known = new Set(log.map(({ subjectId }) => subjectId))
  for (const change of changes) {
    const before = change.answer
    const outcome = await attempt(change)
    if (outcome.kind !== 'done') {
      faults.push(`${change.path} ${change.key}: repeated, it was ${JSON.stringify(outcome)}`)
      continue
    }
    const { answer, replayed } = outcome
    if (before && (!replayed || JSON.stringify(answer) !== JSON.stringify(before)))
      faults.push(`${change.key}: answered ${JSON.stringify(before)}, repeated ${JSON.stringify(answer)}`)
    if (!before && replayed !== known.has(answer.id))
      faults.push(`${change.key}: ${replayed ? 'replayed, but not' : 'carried out anew, but'} in the log`)
    change.answer ??= answer
    change.referralId ??= answer.id
  }
  return faults
}

export const duplicates = (reads: readonly Read[]) =>
  reads.length - new Set(reads.map(({ sequence }) => sequence)).size

/** From when a fault was mended until the first sign of life after it; the longest of all faults, in milliseconds. */
export function longestRecovery(mendedAt: readonly number[], signs: readonly number[]): number {
  const sorted = signs.toSorted((a, b) => a - b)
  const waits = mendedAt.flatMap((at) => {
    const next = sorted.find((sign) => sign >= at)
    return next === undefined ? [] : [next - at]
  })
  return Math.round(Math.max(0, ...waits))
}
