import { readFileSync } from 'node:fs'
import t from 'tap'
import { startService } from '../support/service.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

function block(label: string) {
  const found = new RegExp(`<!-- ${label} -->\\n\`\`\`json\\n([\\s\\S]*?)\\n\`\`\``).exec(readme)
  return JSON.parse(found?.[1] ?? 'null')
}

/** Ids differ from run to run; everything else in the README is what the service really says. */
const withoutIds = (value: unknown) =>
  JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id'))

t.test('the README’s one call gets the README’s answer', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const { status, body, headers } = await (await as(world.clinic)).post('/v1/referrals', {
    ...block('request'),
    programId: world.programId,
  })
  t.equal(status, 201)
  t.ok(headers.location && headers.etag)
  t.same(withoutIds(body), withoutIds(block('answer')))
})

t.test('every file that the README points at is there', async (t) => {
  const links = [...readme.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path = '']) => path)
  t.ok(links.length > 4)
  for (const path of links) t.ok(existsHere(path), path)
})

function existsHere(path: string) {
  try {
    readFileSync(new URL(`../../${path}`, import.meta.url))
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR'
  }
}
