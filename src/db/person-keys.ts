import { and, eq, isNotNull, ne } from 'drizzle-orm'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../core/context.ts'
import type { PersonKey } from '../core/data-keys.ts'
import { bytea, instant } from './columns.ts'
import { insertRows } from './insert.ts'

export const personKeys = pgTable('person_keys', {
  networkId: uuid().notNull(),
  personId: uuid().notNull(),
  sealedKey: bytea(),
  wrappedBy: text(),
  createdAt: instant().notNull(),
  destroyedAt: instant(),
})

/** Makes the key of a person who was just given an id; it is stored with the commit that stores the person. */
export async function newPersonKey(ctx: TxCtx, personId: string): Promise<PersonKey> {
  const [key] = await newPersonKeys(ctx, [personId])
  if (!key) throw new Error('No key was made')
  return key
}

/** As `newPersonKey`, for many at once: one statement. */
export async function newPersonKeys(ctx: TxCtx, personIds: readonly string[]): Promise<PersonKey[]> {
  const { networkId, keyring, now } = ctx
  if (personIds.length === 0) return []
  const made = await Promise.all(personIds.map((id) => keyring.dataKeys.create(networkId, id)))
  ctx.write(
    insertRows(
      personKeys,
      made.map(({ key: { personId }, wrapped }) => ({
        networkId,
        personId,
        sealedKey: wrapped,
        wrappedBy: keyring.dataKeys.currentId,
        createdAt: now,
      })),
    ),
  )
  return made.map(({ key }) => key)
}

/**
 * Takes a key away for good, and keeps its place, so that none is made for the person again. Returns the bytes that
 * are gone. To be called past the organization wall.
 */
export async function destroyKey(ctx: TxCtx, personId: string): Promise<Buffer | null> {
  const { db, networkId, now } = ctx
  const [known] = await db
    .select({ sealedKey: personKeys.sealedKey })
    .from(personKeys)
    .where(and(eq(personKeys.networkId, networkId), eq(personKeys.personId, personId)))
    .for('update')
  const gone = { sealedKey: null, wrappedBy: null, destroyedAt: now }
  await db
    .insert(personKeys)
    .values({ networkId, personId, ...gone, createdAt: now })
    .onConflictDoUpdate({ target: [personKeys.networkId, personKeys.personId], set: gone })
  return known?.sealedKey ?? null
}

/** Wraps keys anew that another key-encryption key than the present one wraps; how many it was. */
export async function rewrapSome(ctx: TxCtx, limit: number): Promise<number> {
  const { db, networkId, keyring } = ctx
  const { currentId, rewrap } = keyring.dataKeys
  const rows = await db
    .select()
    .from(personKeys)
    .where(
      and(
        eq(personKeys.networkId, networkId),
        isNotNull(personKeys.wrappedBy),
        ne(personKeys.wrappedBy, currentId),
      ),
    )
    .limit(limit)
    .for('update', { skipLocked: true })
  await Promise.all(
    rows.map(async ({ personId, sealedKey }) => {
      if (!sealedKey) return
      const wrapped = await rewrap(networkId, personId, sealedKey)
      ctx.write(
        db
          .update(personKeys)
          .set({ sealedKey: wrapped, wrappedBy: currentId })
          .where(and(eq(personKeys.networkId, networkId), eq(personKeys.personId, personId))),
      )
    }),
  )
  return rows.length
}
