import type { Statement } from '../core/context.ts'

/**
 * Adds a job to its queue in the open transaction: committed with the change, or not at all. The answer is of no
 * interest, so it travels with the commit. Ids and codes only: the queue is behind no wall.
 */
export function enqueueJob(name: string, input: Readonly<Record<string, unknown>>): Statement {
  return { toSQL: () => ({ sql: 'select enqueue_job($1, $2)', params: [name, JSON.stringify(input)] }) }
}
