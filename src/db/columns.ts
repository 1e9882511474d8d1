import { customType, timestamp, uuid } from 'drizzle-orm/pg-core'

/** An instant. `Date` inside, RFC 3339 in UTC on the wire. */
export const instant = () => timestamp({ withTimezone: true, mode: 'date' })

/** Bytes: digests, and what is sealed. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/** Every table leads its keys with the network: nothing can point across, and Citus can distribute by it. */
export const networkKey = {
  networkId: uuid().notNull(),
  id: uuid().notNull(),
}

/** A row that one organization holds. */
export const heldRow = {
  ...networkKey,
  organizationId: uuid().notNull(),
}

/** A row that one organization holds and others may see, as long as consent lets them. */
export const sharedRow = {
  ...heldRow,
  readerIds: uuid().array().notNull().default([]),
}
