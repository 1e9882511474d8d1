import { announceEmitted, startListening } from '../db/listen.ts'
import { startDeliveries } from './deliveries.ts'
import type { JobDeps } from './job.ts'
import { startSequencer } from './sequencer.ts'
import { startJobs } from './work.ts'

export interface Background {
  /** Takes no new work, and lets what is under way finish within this time. */
  readonly stop: (withinMs: number) => Promise<void>
}

/** What every process does, whether or not it works: it hears of news, and tells of its own. */
export function startHearing({ service: { database } }: JobDeps, { works }: { works: boolean }): Background {
  if (!database.shared) return { stop: async () => {} }
  const listening = startListening(database, works ? ['emitted', 'numbered'] : ['numbered'])
  const silence = works ? () => {} : announceEmitted(database)
  return {
    stop: async () => {
      silence()
      await listening.stop()
    },
  }
}

/** All that this process does without being asked: the queues, the order of the log, and what is sent of it. */
export async function startWorking(deps: JobDeps): Promise<Background> {
  const jobs = await startJobs(deps)
  const sequencer = startSequencer(deps)
  const deliveries = startDeliveries(deps)
  return {
    stop: async (withinMs) => {
      await Promise.all([jobs.stop(withinMs), sequencer.stop(), deliveries.stop(withinMs)])
    },
  }
}
