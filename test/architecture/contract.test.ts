import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { scopes } from '../../src/core/context.ts'
import { catalogue } from '../../src/core/errors.ts'
import { endOfLog } from '../../src/domains/events/service.ts'
import { findNodes } from '../../src/domains/nodes/service.ts'
import { graphqlCodes } from '../../src/graphql/codes.ts'
import { createOpenApi } from '../../src/rest/openapi.ts'
import { routes } from '../../src/rest/routes.ts'
import { pluralActions } from '../support/graphql.ts'

/** Actions that the graph alone asks: each reads for many at once what REST reads one by one. */
const ofTheGraph = [...pluralActions().map(({ id }) => id), findNodes.id, endOfLog.id]

t.test(
  'every action has a route or reads many for the graph, and every route has an action of its own',
  async (t) => {
    const ids = routes.map(({ action }) => action.id)
    t.same(new Set(ids).size, ids.length, 'operation ids are unique')
    const folder = new URL('../../src/domains/', import.meta.url)
    const declared = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(new URL(name, folder), 'utf8').matchAll(/= action\(\{\s+id: '([\w.]+)'/g),
      ])
      .map(([, id]) => id)
    t.ok(declared.length > 30)
    t.same([...declared].sort(), [...ids, ...ofTheGraph].sort())
  },
)

t.test('every scope of the vocabulary opens something', async (t) => {
  const used = new Set<string>(routes.map(({ action }) => action.scope))
  for (const scope of scopes) t.ok(used.has(scope), `${scope} is used`)
})

t.test('an action takes a strict object, so that a misspelt member is found on the first call', async (t) => {
  for (const { action } of routes) {
    const parsed = action.input.safeParse({ noSuchMember: 1 })
    const named = parsed.error?.issues.some(
      (issue) => issue.code === 'unrecognized_keys' && issue.keys.includes('noSuchMember'),
    )
    t.ok(named, `${action.id} refuses unknown members by name`)
  }
})

t.test('the committed contract is the one that the code serves', async (t) => {
  const committed = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'))
  t.same(committed, JSON.parse(JSON.stringify(createOpenApi('http://localhost:3000'))), 'run npm run openapi')
})

t.test('every error code has a page with what happened and how to mend it', async (t) => {
  const folder = new URL('../../docs/errors/', import.meta.url)
  const pages = readdirSync(folder).map((name) => name.replace(/\.md$/, ''))
  t.same(pages.sort(), [...Object.keys(catalogue), ...Object.keys(graphqlCodes)].sort())
  for (const code of pages) {
    const page = readFileSync(new URL(`${code}.md`, folder), 'utf8')
    t.match(page, new RegExp(`\`${code}\``), code)
    t.match(page, /## What happened/, code)
    t.match(page, /## How to mend it/, code)
  }
})

t.test('every fault code of an input is explained on a page', async (t) => {
  const sources = new URL('../../src/', import.meta.url)
  const text = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('codes.ts'))
    .map((name) => readFileSync(new URL(name, sources), 'utf8'))
    .join('\n')
  const codes = new Set(
    [
      ...text.matchAll(
        /\bcode: '([a-z_]+)',\s*detail|params: \{ code: '([a-z_]+)'|\bfault\(\s*'([a-z_]+)'|refuse\(\s*'([a-z_]+)'|^\s+'(consent_[a-z_]+)',$/gm,
      ),
    ].map((match) => match.slice(1).find(Boolean) ?? ''),
  )
  t.ok(codes.size > 20)
  const pages = ['invalid_input', 'consent_incomplete']
    .map((name) => readFileSync(new URL(`../../docs/errors/${name}.md`, import.meta.url), 'utf8'))
    .join('\n')
  for (const code of codes) if (!(code in catalogue)) t.match(pages, new RegExp(`\`${code}\``), code)
})

t.test('contracts of answers never let an undocumented member through unseen', async (t) => {
  for (const { action, answer } of routes)
    t.ok(answer instanceof z.ZodObject, `${action.id} answers with an object`)
})
