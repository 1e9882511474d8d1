import t from 'tap'
import { catalogue } from '../../src/core/errors.ts'
import { startService } from '../support/service.ts'

t.test('the documentation is served without a token and asks for nothing from elsewhere', async (t) => {
  const { app } = await startService(t)
  const page = await app.inject('/docs/')
  t.equal(page.statusCode, 200)
  const assets = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)
  t.ok(assets.length > 2)
  for (const url of assets) {
    t.notMatch(url, /^(https?:)?\/\//, 'nothing is fetched from another host')
    const { pathname } = new URL(url, 'http://alongside.test/docs/')
    t.equal((await app.inject(pathname)).statusCode, 200, pathname)
  }
  t.match((await app.inject('/docs/json')).json(), {
    openapi: '3.1.0',
    paths: { '/v1/referrals': { post: Object } },
  })
  t.match((await app.inject('/openapi.json')).json(), {
    openapi: '3.1.0',
    servers: [{ url: 'http://alongside.test' }],
  })
})

t.test('every error points at a page that the service serves', async (t) => {
  const { app } = await startService(t)
  for (const code of Object.keys(catalogue)) {
    const page = await app.inject(`/errors/${code}`)
    t.equal(page.statusCode, 200, code)
    t.match(page.headers, { 'content-type': /^text\/html/ })
    t.match(page.payload, code)
  }
  t.match((await app.inject('/errors')).payload, 'capacity_full')
  t.match(await app.inject('/errors/no_such_code'), { statusCode: 404 })
  t.match(await app.inject('/errors/..%2f..%2fpackage.json'), { statusCode: 404 })
})

t.test('health says whether the process lives and whether it can serve', async (t) => {
  const { app } = await startService(t)
  t.match((await app.inject('/health/live')).json(), { status: 'live' })
  t.match((await app.inject('/health/ready')).json(), { status: 'ready' })
})
