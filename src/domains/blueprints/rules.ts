import type { Issue } from '../../core/errors.ts'

interface Following {
  readonly key: string
  readonly after: readonly string[]
}

/** What is wrong with the order of steps: a key twice, a step that is not there, or a way that leads back to itself. */
export function faultsOf(steps: readonly Following[]): Issue[] {
  const keys = new Set(steps.map(({ key }) => key))
  const seen = new Set<string>()
  const issues = steps.flatMap(({ key, after }, index): Issue[] => {
    const twice: Issue[] = seen.has(key)
      ? [{ path: ['steps', index, 'key'], code: 'duplicate', detail: 'Each step has a key of its own.' }]
      : []
    seen.add(key)
    const unknown = after.flatMap((one, place): Issue[] =>
      keys.has(one)
        ? []
        : [
            {
              path: ['steps', index, 'after', place],
              code: 'unknown_step',
              detail: 'No step of the blueprint has this key.',
            },
          ],
    )
    return [...twice, ...unknown]
  })
  if (issues.length > 0) return issues
  return inCircles(steps).map((index) => ({
    path: ['steps', index, 'after'],
    code: 'step_cycle',
    detail: 'The step waits for itself, directly or by way of others.',
  }))
}

/** The places of the steps that are never reached: takes away, again and again, what waits for nothing any more (Kahn 1962). */
export function inCircles(steps: readonly Following[]): number[] {
  const waiting = new Map(steps.map(({ after }, index) => [index, new Set(after)] as const))
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size
    for (const [index, after] of waiting) {
      if (after.size > 0) continue
      waiting.delete(index)
      const done = steps[index]?.key ?? ''
      for (const others of waiting.values()) others.delete(done)
    }
  }
  return [...waiting.keys()]
}
