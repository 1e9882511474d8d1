/**
 * Whatever a bench has started ends with it: when it is done, when it fails, when somebody interrupts it. `keep` is told how
 * to end a thing as soon as it is there; things end in the reverse order.
 */
export async function keeping(work) {
  const kept = []
  const keep = (end) => void kept.push(end)
  const interrupted = new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => reject(new Error(`Interrupted by ${signal}`)))
  })
  interrupted.catch(() => {})
  try {
    return await Promise.race([work({ keep }), interrupted])
  } finally {
    for (const end of kept.reverse()) await Promise.resolve(end()).catch((error) => console.error(`not ended cleanly: ${error.message}`))
  }
}

/** For a child process: should this one be gone without having ended it, it goes too. */
export function endWithUs(child) {
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** Faults of one kind are counted, not repeated: a hundred a second would bury the first, which tells why. */
export function createFaults() {
  const kinds = new Map()
  const shownMax = 5
  return {
    note: (message) => {
      const kind = String(message).slice(0, 200)
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    },
    get count() {
      return [...kinds.values()].reduce((sum, count) => sum + count, 0)
    },
    lines: () => {
      const lines = [...kinds].slice(0, shownMax).map(([kind, count]) => `${count} × ${kind}`)
      return kinds.size > shownMax ? [...lines, `and ${kinds.size - shownMax} other kinds`] : lines
    },
  }
}
