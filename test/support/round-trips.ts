import net from 'node:net'
import type pg from 'pg'

/**
 * Counts round trips as the protocol sees them: each time the client speaks after having been answered. The
 * counter sits between the service and PostgreSQL and holds every answer back until the client has been quiet
 * for a moment, so statements that were sent together count once, however fast the server is.
 */
export async function countRoundTrips(target: pg.ClientConfig) {
  const quietMs = 15
  let trips = 0
  const server = net.createServer((client) => {
    const upstream = net.connect(addressOf(target))
    let answered = true
    let held: Buffer[] = []
    let timer: NodeJS.Timeout | undefined
    const release = () => {
      if (held.length === 0) return
      client.write(Buffer.concat(held))
      held = []
      answered = true
    }
    client.on('data', (chunk) => {
      if (answered) trips += 1
      answered = false
      upstream.write(chunk)
      clearTimeout(timer)
      timer = setTimeout(release, quietMs)
    })
    upstream.on('data', (chunk) => {
      held.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(release, quietMs)
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('close', () => to.destroy())
      from.on('error', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  return {
    port,
    /** The round trips of `work`. */
    async during<T>(work: () => Promise<T>): Promise<{ trips: number; result: T }> {
      const before = trips
      const result = await work()
      return { trips: trips - before, result }
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

function addressOf({ connectionString, host, port }: pg.ClientConfig): net.NetConnectOpts {
  if (connectionString !== undefined) {
    const url = new URL(connectionString)
    return { host: url.hostname, port: Number(url.port || 5432) }
  }
  return { path: `${host}/.s.PGSQL.${port ?? 5432}` }
}
