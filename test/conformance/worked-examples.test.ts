import t from 'tap'
import { buildDemoNetwork } from '../../src/demo/network.ts'
import { type Api, startService } from '../support/service.ts'

interface Story {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: plain JavaScript, which anybody runs with node alone
  (given: any): Promise<any>
}

/** As docs/guides/worked-examples.mjs runs it against a running demo, here against the demo network of this test. */
t.test('each worked example of the guides is true of the demo network', async (t) => {
  // @ts-expect-error -- a script of the guides, without types
  const stories = (await import('../../docs/guides/worked-examples.mjs')) as Record<string, Story>
  const started = await startService(t)
  const now = started.time.now()
  const demo = await buildDemoNetwork(started.service, now)
  const client = async (name: string) => {
    const member = demo.clients[name]
    if (!member) throw new Error(`The demo has no ${name}`)
    return ofGuide(await started.as({ ...member, networkId: demo.networkId }))
  }
  const portal = async (api: Api, type: string, id: string) => {
    const { body } = await api.post('/v1/portal-tokens', { subject: { type, id } })
    return ofGuide(started.withToken(body.accessToken))
  }
  const publicly = { get: (url: string) => started.inject({ url }) }
  const given = { client, portal, publicly, demo, now: now.getTime() }
  for (const [name, expected] of [
    ['placement', { status: 'completed', signedMinutes: 45 }],
    ['recognition', { status: 'valid' }],
    ['blueprint', { number: 1 }],
  ] as const) {
    const story = stories[name]
    if (!story) throw new Error(`The guide has no ${name}`)
    t.match(await story(given), expected, name)
  }
})

const ofGuide = (api: Api): Api => ({
  ...api,
  patch: (path, body, headers = { 'if-match': '*' }) => api.patch(path, body, headers),
})
