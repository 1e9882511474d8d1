import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { catalogue } from '../../src/core/errors.ts'
import { priorities } from '../../src/domains/clocks/contract.ts'
import { after, dueAt, ladder, timedActions } from '../../src/domains/clocks/rules.ts'
import { canBeOverridden, constraints } from '../../src/domains/matching/constraints.ts'
import { defaultWeights } from '../../src/domains/matching/score.ts'
import { createOpenApi } from '../../src/rest/openapi.ts'
import { startService } from '../support/service.ts'

const docs = new URL('../../docs/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, docs), 'utf8')
const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))

/** The rows of the table under a heading, cell by cell, as they are read. */
function table(page: string, heading: string): string[][] {
  const [, rest = ''] = read(page).split(`\n## ${heading}\n`)
  const rows = (rest.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

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

t.test('the guide on matching says what matching does', async (t) => {
  const weighed = table('guides/matching.md', 'What is weighed').map(([name, weight]) => [
    name,
    Number(weight),
  ])
  t.same(weighed, Object.entries(defaultWeights))
  const firm = table('guides/matching.md', 'What never is weighed').map(([name, , may]) => [
    name,
    may === 'yes',
  ])
  t.same(
    firm,
    constraints.map((name) => [name, canBeOverridden(name)]),
  )
})

t.test('a clinic that hashes as the guide says gets the hashes that are compared', async (t) => {
  const { as, createWorld } = await startService(t)
  const { body } = await (await as((await createWorld()).clinic)).get('/v1/panels/key')
  const [, snippet = ''] = /```js\n([\s\S]*?)```/.exec(read('guides/matching.md')) ?? []
  const { panelHash } = await import(`data:text/javascript,${encodeURIComponent(snippet)}`)
  const { name, birthDate, hash } = body.example
  t.equal(panelHash(body.key, name, birthDate), hash)
})

t.test('the guide on accompaniment has the spans and the ladder that clocks have', async (t) => {
  const days = { timeZone: 'America/Denver', calendar: {} }
  const from = new Date('2026-11-18T19:00:00Z')
  const spanOf = (text: string) => {
    const count = Number(/\d+/.exec(text)?.[0])
    if (text.startsWith('end of the day')) return { sameDayAtLeastHours: count }
    return text.includes('business') ? { businessDays: count } : { hours: count }
  }
  const told = table('guides/accompaniment.md', 'The spans').map(([action, ...spans]) => [
    action,
    ...spans.map((text) => after(spanOf(text), from, days).toISOString()),
  ])
  const held = timedActions.map((action) => [
    action,
    ...priorities.map((priority) => dueAt(action, priority, from, days).toISOString()),
  ])
  t.same(told, held)
  t.same(
    table('guides/accompaniment.md', 'The ladder').map(([, event, level]) => [event, level]),
    ladder.map(({ event, level }) => [event, level]),
  )
})

t.test('what the guides call an operation is one', async (t) => {
  const { paths } = createOpenApi('http://alongside.test')
  const known = new Set(
    Object.entries(paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  )
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/(GET|POST|PATCH) (\/v1\/[\w/{}-]*[\w}])/g)].map(([, method, path]) => ({
      page,
      operation: `${method} ${path}`,
    })),
  )
  t.ok(named.length > 100)
  t.same(
    named.filter(({ operation }) => !known.has(operation)),
    [],
  )
})

t.test('every page that a page points at is there', async (t) => {
  for (const page of pages)
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      t.doesNotThrow(() => readFileSync(new URL(target, new URL(page, docs))), `${page} → ${target}`)
})
