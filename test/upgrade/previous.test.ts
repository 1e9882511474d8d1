import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import t from 'tap'
import { readMigrations } from '../../src/db/migrate.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { fromValue, type Recording, rowsOf } from './statements.ts'

const file = new URL('./recording.json.gz', import.meta.url)

t.test(
  'what the version before sends, this version’s database takes, and answers as that one’s did',
  { skip: serverUrl ? false : 'it was recorded on a server, with connections of their own' },
  async (t) => {
    const { level, texts, sent } = JSON.parse(gunzipSync(await readFile(file)).toString('utf8')) as Recording
    const names = (await readMigrations()).map(({ name }) => name)
    t.ok(names.includes(level), 'it is one of this line')
    t.comment(`recorded at ${level}, replayed at ${names.at(-1)}`)

    const { owner, close } = await openTestDatabase()
    t.teardown(close)
    const connections = await Promise.all(
      [...new Set(sent.map(({ on }) => on))].map(async (on) => {
        const client = new pg.Client(owner)
        await client.connect()
        return [on, client] as const
      }),
    )
    t.teardown(() => Promise.all(connections.map(([, client]) => client.end())))
    const clients = new Map(connections)
    const differing: string[] = []
    for (const { on, text, values, came } of sent) {
      const statement = texts[text] ?? ''
      const outcome = await clients
        .get(on)
        ?.query(statement, values?.map(fromValue))
        .then(rowsOf, (error: { code?: string; message: string }) => error.code ?? error.message)
      if (outcome !== came) differing.push(`${came} became ${outcome}: ${statement.slice(0, 300)}`)
    }
    t.same(differing.slice(0, 20), [], `${sent.length} statements, ${differing.length} answered otherwise`)
    const looking = new pg.Client(owner)
    await looking.connect()
    const { rows } = await looking.query('select count(*)::int as told from events')
    await looking.end()
    t.ok(rows[0].told > 50, 'and the story stands in the database')
  },
)
