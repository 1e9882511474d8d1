import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import type { Accesses } from './contract.ts'

const groupsMax = 1_000

interface Group extends Record<string, unknown> {
  day: string
  organization_id: string
  name: string | null
  action: string
  by_patient: boolean
  count: number
}

/**
 * The person themself sees what every organization of the network did (42 CFR 2.23). The organization that holds them
 * sees what it did itself: another's work with them would tell how it goes, and goes by consent.
 */
export async function accessesOf(
  ctx: TxCtx,
  patientId: string,
  { from, to }: { from: string; to: string },
): Promise<z.output<typeof Accesses>> {
  const { db, networkId, organizationId, person } = ctx
  const whose = person?.type === 'patient' ? sql`` : sql`and a.organization_id = ${organizationId}`
  const read = () =>
    db.execute<Group>(sql`
      select to_char(a.at at time zone 'UTC', 'YYYY-MM-DD') as day, a.organization_id, o.name, a.action,
        coalesce(a.person_type = 'patient', false) as by_patient, count(*)::int as count
      from audit_events a
      left join organizations o on o.network_id = a.network_id and o.id = a.organization_id
      where a.network_id = ${networkId} and a.patient_id = ${patientId} and a.outcome = 'allowed' ${whose}
        and a.at >= ${from}::date::timestamp at time zone 'UTC'
        and a.at < (${to}::date + 1)::timestamp at time zone 'UTC'
      group by 1, 2, 3, 4, 5
      order by 1 desc, 3, 4, 5
      limit ${groupsMax + 1}`)
  const { rows } = await (person?.type === 'patient' ? ctx.acrossOrganizations(read) : read())
  return {
    data: rows.slice(0, groupsMax).map((row) => ({
      day: row.day,
      organizationId: row.organization_id,
      organizationName: row.name,
      action: row.action,
      byPatient: row.by_patient,
      count: row.count,
    })),
    truncated: rows.length > groupsMax,
  }
}
