import { Gauge, type Registry } from 'prom-client'
import { type Backlog, countedMax, deadLetters, type ReadBacklog } from '../jobs/backlog.ts'

type Tell = (backlog: Backlog) => number

const atMost = `at most ${countedMax}`

const single: readonly (readonly [name: string, help: string, tell: Tell])[] = [
  [
    'alongside_events_unsequenced',
    `Committed events that no reader can see yet, ${atMost}`,
    ({ events }) => events.count,
  ],
  [
    'alongside_events_lag_seconds',
    'Age of the oldest event that no reader can see yet',
    ({ events }) => events.oldestSeconds,
  ],
  [
    'alongside_events_not_queued',
    `Events that stand in no queue of a webhook yet, ${atMost}`,
    ({ eventsNotQueued }) => eventsNotQueued,
  ],
  [
    'alongside_webhook_deliveries_pending',
    `Deliveries that wait, those of receivers that fail among them, ${atMost}`,
    ({ deliveries }) => deliveries.count,
  ],
  [
    'alongside_webhook_lag_seconds',
    'How long the longest waiting delivery has been due',
    ({ deliveries }) => deliveries.oldestSeconds,
  ],
  [
    'alongside_clocks_overdue',
    `Running clocks that are past their time, ${atMost}`,
    ({ clocksOverdue }) => clocksOverdue,
  ],
  [
    'alongside_clocks_lag_seconds',
    'How late the longest waiting clock is to climb: the sweep, not the people',
    ({ clocksLateSeconds }) => clocksLateSeconds,
  ],
]

/**
 * What belongs to the database and not to this process. Every process that is asked tells it, so that it is told while any
 * lives: take the maximum over processes, never the sum. Where the database does not answer, it is left out.
 */
export function measureBacklog(registry: Registry, readBacklog: ReadBacklog): void {
  const registers = [registry]
  // Those that are collected together share one question to the database.
  const ask = () => readBacklog().catch(() => undefined)
  for (const [name, help, tell] of single)
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const backlog = await ask()
        this.remove()
        if (backlog) this.set(tell(backlog))
      },
    })
  new Gauge({
    name: 'alongside_queue_jobs',
    help: `Jobs that wait in a queue, ${atMost}; dead_letters: those that failed for good`,
    labelNames: ['queue'],
    registers,
    async collect() {
      const backlog = await ask()
      this.reset()
      for (const { queue, count } of backlog?.queues ?? []) this.set({ queue }, count)
    },
  })
  new Gauge({
    name: 'alongside_queue_oldest_seconds',
    help: 'How long the longest waiting job of a queue has been due',
    labelNames: ['queue'],
    registers,
    async collect() {
      const backlog = await ask()
      this.reset()
      for (const { queue, oldestSeconds } of backlog?.queues ?? [])
        if (queue !== deadLetters) this.set({ queue }, oldestSeconds)
    },
  })
  new Gauge({
    name: 'alongside_database_up',
    help: '1: the database answered when this was asked',
    registers,
    async collect() {
      this.set((await ask()) ? 1 : 0)
    },
  })
}
