import { newId } from '../../core/id.ts'
import { asAuthenticator, asSystem, type Service } from '../../db/access.ts'
import { insertRows } from '../../db/insert.ts'
import { networks } from './table.ts'

/** A new tenant. Nothing ever crosses from one network to another. */
export async function createNetwork({ database }: Service, name: string, now: Date): Promise<string> {
  const id = newId(now)
  await asSystem(database, id, async ({ write }) => write(insertRows(networks, { id, name, createdAt: now })))
  return id
}

/** The networks of the deployment, for its operator: the command line, and the demo that is made only once. */
export function listNetworks({ database }: Service): Promise<{ id: string; name: string }[]> {
  return asAuthenticator(database, undefined, async ({ db }) =>
    db.select({ id: networks.id, name: networks.name }).from(networks).orderBy(networks.id).limit(1_000),
  )
}
