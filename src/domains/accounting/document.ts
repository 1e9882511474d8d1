import { type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { openDetail } from '../disclosures/entries.ts'
import { type Accounting, type AccountingLine, linesMax } from './contract.ts'
import { instantsOf, type Period, type RequestKind } from './rules.ts'

export interface Asked {
  readonly patientId: string
  readonly kind: RequestKind
  readonly period: Period
  /** What was entered later is not in it: a document that was given stays what it was. */
  readonly asOf: Date
  readonly summarize: boolean
}

interface Line extends Record<string, unknown> {
  first_at: Date
  last_at: Date
  count: number
  recipient_organization_id: string | null
  name: string | null
  recipient_detail: Buffer | null
  purpose: AccountingLine['purpose']
  basis: AccountingLine['basis']
  brief_description: string | null
}

/**
 * Every disclosure of the period that the calling organization has to account for; a row that was corrected is left out
 * for the one in its place. For an intermediary: those that went to its participants under a general designation,
 * whoever's data it was, hence across organizations.
 */
export async function documentOf(ctx: TxCtx, asked: Asked): Promise<Accounting> {
  const { patientId, kind, period, asOf } = asked
  const lines =
    kind === 'intermediary_list'
      ? await ctx.acrossOrganizations(() => readLines(ctx, asked, underIntermediary(ctx)))
      : await readLines(ctx, asked, sql`d.organization_id = ${ctx.organizationId}`)
  return {
    patientId,
    ...period,
    asOf: asOf.toISOString(),
    lines: lines.slice(0, linesMax).map((line) => toLine(ctx, line)),
    truncated: lines.length > linesMax,
  }
}

const underIntermediary = ({ networkId, organizationId }: TxCtx) => sql`
  d.basis = 'consent' and (
    (d.organization_id = ${organizationId} and d.designation in ('general', 'intermediary'))
    or d.designation = 'intermediary' and exists (
      select from consent_parties p
      where p.network_id = ${networkId} and p.consent_id = d.consent_id and p.role = 'recipient'
        and p.designation = 'intermediary' and p.party_organization_id = ${organizationId}))`

async function readLines({ db, networkId }: TxCtx, asked: Asked, whose: SQL): Promise<Line[]> {
  const { patientId, period, asOf, summarize } = asked
  const { start, end } = instantsOf(period)
  const each = summarize ? sql`null::uuid` : sql`d.id`
  const { rows } = await db.execute<Line>(sql`
    select min(d.at) as first_at, max(d.at) as last_at, count(*)::int as count,
      d.recipient_organization_id, coalesce(d.recipient_name, o.name) as name,
      (array_agg(d.recipient_detail order by d.id))[1] as recipient_detail,
      d.purpose, d.basis, d.brief_description
    from disclosures d
    left join organizations o on o.network_id = d.network_id and o.id = d.recipient_organization_id
    where d.network_id = ${networkId} and d.patient_id = ${patientId} and ${whose}
      and d.at >= ${start.toISOString()} and d.at < ${end.toISOString()}
      and coalesce(d.recorded_at, d.at) <= ${asOf.toISOString()}
      and not exists (
        select from disclosures c
        where c.network_id = d.network_id and c.corrects_id = d.id and c.recorded_at <= ${asOf.toISOString()})
    group by ${each}, d.recipient_organization_id, d.recipient_name, o.name, d.purpose, d.basis, d.brief_description
    order by 1, 2, 5, 9, min(d.id::text)
    limit ${linesMax + 1}`)
  return rows
}

function toLine(ctx: TxCtx, line: Line): AccountingLine {
  return {
    firstAt: new Date(line.first_at).toISOString(),
    lastAt: new Date(line.last_at).toISOString(),
    count: line.count,
    recipient: {
      organizationId: line.recipient_organization_id,
      name: line.name,
      address: openDetail(ctx, line.recipient_detail).address,
    },
    purpose: line.purpose,
    basis: line.basis,
    description: line.brief_description,
  }
}
