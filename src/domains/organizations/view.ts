import { toInstant } from '../../core/wire.ts'
import { mondayToFriday } from '../clocks/calendar.ts'
import type { Organization } from './contract.ts'
import type { organizations } from './table.ts'

export function toOrganization(row: typeof organizations.$inferSelect): Organization {
  const { networkId: _, ...fields } = row
  return {
    ...fields,
    businessCalendar: { ...mondayToFriday, ...row.businessCalendar },
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
