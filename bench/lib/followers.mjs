import { createServer } from 'node:http'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

/**
 * Three ways to follow the log. Each tells `seen(way, subjectId)` of every event as it comes, and is ended by `stop`. A way
 * that breaks down makes `failed` say so: what was not measured is not to look as if it had been quick.
 */
export async function follow({ api, base, types, ways, seen, failed }) {
  const after = await endOf(api)
  const stopping = new AbortController()
  const { signal } = stopping
  const followed = { api, base, types, after, signal }
  const reading = Object.entries({ feed: readFeed, stream: readStream, subscription: subscribe })
    .filter(([way]) => ways.includes(way))
    .map(([way, read]) =>
      read({ ...followed, seen: (id) => seen(way, id) }).catch((error) => {
        if (!signal.aborted) failed(`${way}: ${error.message}`)
      }),
    )
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(reading)
    },
  }
}

/** The place of the last event: paged to quickly, by a type that nobody has. */
async function endOf(api) {
  let after = 0
  for (;;) {
    const { through, nextCursor } = await api.get(`/v1/events?after=${after}&types=mentor.eligibility_lapsed&limit=100`)
    after = through
    if (nextCursor === null) return after
  }
}

async function readFeed({ api, types, after, signal, seen }) {
  let place = after
  while (!signal.aborted) {
    const { data, through } = await api.get(`/v1/events?after=${place}&types=${types}&limit=100&wait=20`, { signal })
    for (const { subject } of data) seen(subject.id)
    place = through
  }
}

async function readStream({ api, types, after, signal, seen }) {
  const { body } = await api.ask('GET', `/v1/events/stream?after=${after}&types=${types}`, undefined, { signal })
  let text = ''
  for await (const chunk of body) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data) seen(JSON.parse(data).subject.id)
    }
  }
  if (!signal.aborted) throw new Error('it ended by itself')
}

async function subscribe({ api, base, after, signal, seen }) {
  const client = createClient({
    url: `${base.replace('http', 'ws')}/graphql-ws`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: await api.authorization() }),
    retryAttempts: 0,
  })
  signal.addEventListener('abort', () => client.dispose(), { once: true })
  const query = 'subscription ($after: String) { referralChanged(after: $after) { event { type subject { id } } } }'
  await new Promise((resolve, reject) => {
    client.subscribe(
      { query, variables: { after: String(after) } },
      {
        next: ({ data, errors }) => (errors ? reject(new Error(JSON.stringify(errors))) : seen(data.referralChanged.event.subject.id)),
        error: (error) => reject(error instanceof Error ? error : new Error(JSON.stringify(error))),
        complete: resolve,
      },
    )
  })
}

/** Webhook receivers, all on one port: a path for each endpoint. What begins with /hang is never answered. */
export async function startReceivers(took) {
  const server = createServer((request, reply) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const message = JSON.parse(Buffer.concat(chunks).toString())
      const verification = message.type === 'webhook_endpoint.verification'
      if (!verification) took(request.url, message)
      if (verification || !request.url.startsWith('/hang')) reply.writeHead(204).end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', 1024, resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
