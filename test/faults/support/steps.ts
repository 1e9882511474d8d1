import net from 'node:net'

/** A moment between service and database: a statement on its way there, or the word that one was carried out. */
export interface Step {
  readonly kind: 'said' | 'answered'
  /** Among those of its kind, from 1. */
  readonly number: number
  /** What the statement begins with, or how its answer is called. */
  readonly words: string
}

type Watch = (step: Step) => 'pass' | 'lose'

export interface Tapped {
  readonly url: string
  /** From now on each step is shown to `watch` before it passes; where that says so, neither it nor anything after it does. */
  readonly watch: (watch: Watch | undefined) => void
  /** Ends every connection on both sides. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

/**
 * Between service and PostgreSQL, where the messages of the protocol pass: the steps of a request are seen and stopped here, so
 * that the product holds no hook for tests.
 */
export async function openTap(targetUrl: string): Promise<Tapped> {
  const target = new URL(targetUrl)
  const sockets = new Set<net.Socket>()
  let watching: Watch | undefined
  const counts = { said: 0, answered: 0 }
  function passes(kind: Step['kind'], message: Buffer): boolean {
    const words = wordsOf(kind, message)
    if (!watching || words === undefined) return true
    counts[kind] += 1
    return watching({ kind, number: counts[kind], words }) === 'pass'
  }
  const server = net.createServer((client) => {
    const upstream = net.connect({ host: target.hostname, port: Number(target.port || 5432) })
    let lost = false
    for (const [kind, from, to] of [
      ['said', client, upstream],
      ['answered', upstream, client],
    ] as const) {
      sockets.add(from)
      const messagesOf = splitter(kind === 'said')
      from.on('data', (chunk) => {
        for (const message of messagesOf(chunk)) {
          lost ||= !passes(kind, message)
          if (!lost) to.write(message)
        }
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href,
    watch: (watch) => {
      watching = watch
      counts.said = 0
      counts.answered = 0
    },
    cut,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      cut()
      return closed
    },
  }
}

/** A message is a letter, a length and what it is long; the first one of a client has no letter. */
function splitter(ofClient: boolean): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  let letters = ofClient ? 0 : 1
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const messages: Buffer[] = []
    while (rest.length >= letters + 4) {
      const length = letters + rest.readUInt32BE(letters)
      if (rest.length < length) break
      messages.push(rest.subarray(0, length))
      rest = rest.subarray(length)
      letters = 1
    }
    return messages
  }
}

const text = (message: Buffer) => message.subarray(5).toString('latin1')

function wordsOf(kind: Step['kind'], message: Buffer): string | undefined {
  const letter = String.fromCharCode(message[0] ?? 0)
  if (kind === 'answered') return letter === 'C' ? text(message).replace('\0', '') : undefined
  // Query, and Execute of a statement that was prepared.
  if (letter === 'Q') return text(message).replace('\0', '').slice(0, 20)
  return letter === 'E' ? 'execute' : undefined
}
