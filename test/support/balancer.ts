import http from 'node:http'
import net from 'node:net'

export interface Balancer {
  readonly url: string
  /** How many requests each process was given, by its address. */
  readonly given: ReadonlyMap<string, number>
  readonly close: () => Promise<void>
}

/**
 * Gives each request to the next process in turn, whichever connection it came by, and a socket to one for its whole life.
 * Where nobody listens any more nothing was sent, so the next process is asked; whatever else goes wrong the client sees.
 */
export async function openBalancer(targets: readonly string[]): Promise<Balancer> {
  const given = new Map(targets.map((target) => [target, 0]))
  let turn = 0
  const next = () => {
    const target = targets[turn++ % targets.length] ?? ''
    given.set(target, (given.get(target) ?? 0) + 1)
    return new URL(target)
  }

  const server = http.createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => forward(Buffer.concat(chunks), targets.length))

    function forward(body: Buffer, triesLeft: number) {
      const { hostname, port } = next()
      const { method, url: path, headers } = request
      const upstream = http.request({ hostname, port, path, method, headers, agent: false }, (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(reply)
        answer.on('error', () => reply.destroy())
      })
      upstream.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED' && triesLeft > 1) forward(body, triesLeft - 1)
        else reply.destroy()
      })
      reply.on('close', () => upstream.destroy())
      upstream.end(body)
    }
  })

  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', ({ method, url, rawHeaders }, client, head) => {
    const { hostname, port } = next()
    const upstream = net.connect(Number(port), hostname, () => {
      const pairs = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1]}`] : []))
      upstream.write(`${[`${method} ${url} HTTP/1.1`, ...pairs].join('\r\n')}\r\n\r\n`)
      upstream.write(head)
      upstream.pipe(client)
      client.pipe(upstream)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    given,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
