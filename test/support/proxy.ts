import { randomInt } from 'node:crypto'
import net from 'node:net'

export interface Proxy {
  /** The target's address, by way of here. */
  readonly url: string
  /** Drops every connection, and takes no new one. */
  readonly cut: () => Promise<void>
  readonly mend: () => Promise<void>
  /**
   * Nothing passes any more on the connections there are, for ever, and neither side is told when the other one closes: as when
   * a machine vanishes. Nor do new ones get a word, until `speak` makes them knock again, as TCP does by itself.
   */
  readonly hush: () => void
  readonly speak: () => void
  readonly close: () => Promise<void>
}

/** Between a service and PostgreSQL: a line that can be cut. It keeps its port, so that the service finds it again. */
export async function openProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl)
  const sockets = new Set<net.Socket>()
  const hushing = new Set<() => void>()
  const knocking = new Set<net.Socket>()
  let hushed = false
  const server = net.createServer((client) => {
    if (hushed) {
      knocking.add(client.resume())
      client.on('error', () => {})
      client.on('close', () => knocking.delete(client))
      return
    }
    const upstream = net.connect({ host: target.hostname, port: Number(target.port || 5432) })
    let passes = true
    const hush = () => {
      passes = false
      for (const from of [client, upstream]) from.unpipe().resume()
    }
    hushing.add(hush)
    client.on('close', () => hushing.delete(hush))
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const end = () => {
        sockets.delete(from)
        if (passes) to.destroy()
      }
      sockets.add(from)
      from.pipe(to)
      from.on('error', end)
      from.on('close', end)
    }
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(0)
  const { port } = server.address() as net.AddressInfo
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of [...sockets, ...knocking]) socket.destroy()
    })
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href,
    cut,
    mend: () => listen(port),
    hush: () => {
      hushed = true
      for (const hush of hushing) hush()
      hushing.clear()
    },
    speak: () => {
      hushed = false
      for (const socket of knocking) socket.destroy()
    },
    close: async () => {
      if (server.listening) await cut()
    },
  }
}

/** A port that nobody listens on at this moment: of those that the system gives nobody who asks for any. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer()
    const port = randomInt(20_000, 32_000)
    server.once('error', () => resolve(freePort()))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
  })
}
