import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface Login {
  /** The same database, by a login as docs/guides/deploy.md makes one for the service. */
  readonly url: string
  readonly drop: () => Promise<void>
}

const roles = 'alongside_app, alongside_system, alongside_auth, alongside_public'

/** A login that owns nothing and inherits nothing. Drop it when nobody is connected by it any more. */
export async function createLogin(ownerUrl: string): Promise<Login> {
  const name = `alongside_test_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await byOwner(
    ownerUrl,
    `create role ${name} login noinherit password '${password}'; grant ${roles} to ${name}`,
  )
  return {
    url: Object.assign(new URL(ownerUrl), { username: name, password }).href,
    drop: () => byOwner(ownerUrl, `drop role ${name}`),
  }
}

async function byOwner(url: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}
