import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { auditEvents } from '../../db/audit.ts'
import { disclosures } from '../disclosures/table.ts'
import type { ChainRow } from './chain.ts'
import type { ChainSource } from './table.ts'

interface Place {
  readonly source: ChainSource
  readonly rowId: string
}

/** The rows behind some links, in one round trip. */
export async function rowsAt(
  { db, networkId }: TxCtx,
  places: readonly Place[],
): Promise<(place: Place) => ChainRow | undefined> {
  const idsOf = (source: ChainSource) =>
    places.filter((place) => place.source === source).map(({ rowId }) => rowId)
  const [audited, disclosed] = await Promise.all([
    db
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.networkId, networkId), inArray(auditEvents.id, idsOf('audit_events')))),
    db
      .select()
      .from(disclosures)
      .where(and(eq(disclosures.networkId, networkId), inArray(disclosures.id, idsOf('disclosures')))),
  ])
  const rows = new Map<string, ChainRow>([
    ...audited.map((row) => [`audit_events ${row.id}`, { source: 'audit_events', row }] as const),
    ...disclosed.map((row) => [`disclosures ${row.id}`, { source: 'disclosures', row }] as const),
  ])
  return ({ source, rowId }) => rows.get(`${source} ${rowId}`)
}
