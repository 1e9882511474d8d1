import { createHmac } from 'node:crypto'
import { and, eq, gte, isNull, or, sql } from 'drizzle-orm'
import type { Ctx, TxCtx } from '../../core/context.ts'
import { isAnyOf, once, onceForIds } from '../../db/once.ts'
import { type ConflictKind, cautionKinds } from './contract.ts'
import { barredSince, bars, panelForm } from './rules.ts'
import { conflictDeclarations, panelEntries } from './table.ts'

/** The key under which clinics of a network hash their panels. Another network's hashes mean nothing here. */
export const panelKeyOf = ({ keyring, networkId }: Pick<Ctx, 'keyring' | 'networkId'>): Buffer =>
  keyring.mac('panel', networkId)

export const panelHash = (key: Buffer, form: string): Buffer =>
  createHmac('sha256', key).update(form).digest()

export interface PersonDetails {
  readonly id: string
  readonly name: string | null
  readonly birthDate: string | null
}

/** What stands between one person and the mentors of the calling organization. */
export interface Conflicts {
  /** By mentor: relations that bar the pair. */
  readonly barred: ReadonlyMap<string, ConflictKind[]>
  /** By mentor: relations to know of. */
  readonly cautions: ReadonlyMap<string, ConflictKind[]>
  /** Clinicians on whose panel the person is, or was within the look-back, as their clinics know them. */
  readonly onPanelOf: ReadonlySet<string>
}

const networkId = sql.placeholder('networkId')

const declaredOf = onceForIds((db, isOneOf) =>
  db
    .select()
    .from(conflictDeclarations)
    .where(
      and(
        eq(conflictDeclarations.networkId, networkId),
        isOneOf(conflictDeclarations.patientId),
        isNull(conflictDeclarations.withdrawnAt),
      ),
    ),
)

const entriesOf = once<
  { readonly hashes: readonly Buffer[]; readonly since: string },
  { hash: Buffer; reference: string }
>((db) =>
  db
    .select({ hash: panelEntries.hash, reference: panelEntries.practitionerReference })
    .from(panelEntries)
    .where(
      and(
        eq(panelEntries.networkId, networkId),
        isAnyOf(panelEntries.hash, 'hashes', 'bytea[]'),
        or(isNull(panelEntries.relatedUntil), gte(panelEntries.relatedUntil, sql.placeholder('since'))),
      ),
    ),
)

/** What was declared of people; it needs no more of them than their ids, so it is read beside what else is read of them. */
export const declarationsOf = (ctx: TxCtx, patientIds: readonly string[]) =>
  patientIds.length === 0 ? Promise.resolve([]) : declaredOf(ctx, { ids: patientIds })

/** The panels are read on the other side of the organization wall, as references only. */
export async function conflictsOf(
  ctx: TxCtx,
  people: readonly PersonDetails[],
  declared: Awaited<ReturnType<typeof declarationsOf>>,
): Promise<Map<string, Conflicts>> {
  const { now } = ctx
  const ids = people.map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const panels = await panelsOf(ctx, people)
  return new Map(
    ids.map((id) => {
      const [barred, cautions] = [new Map<string, ConflictKind[]>(), new Map<string, ConflictKind[]>()]
      for (const row of declared.filter(({ patientId }) => patientId === id)) {
        const into = bars(row, now) ? barred : isCaution(row.kind) ? cautions : undefined
        into?.set(row.mentorId, [...(into.get(row.mentorId) ?? []), row.kind])
      }
      return [id, { barred, cautions, onPanelOf: panels.get(id) ?? new Set() }]
    }),
  )
}

const isCaution = (kind: ConflictKind) => (cautionKinds as readonly string[]).includes(kind)

async function panelsOf(ctx: TxCtx, people: readonly PersonDetails[]): Promise<Map<string, Set<string>>> {
  const key = panelKeyOf(ctx)
  const hashed = people.flatMap(({ id, name, birthDate }) => {
    const form = panelForm(name, birthDate)
    return form === undefined ? [] : [{ id, hash: panelHash(key, form) }]
  })
  if (hashed.length === 0) return new Map()
  const rows = await ctx.acrossOrganizations(() =>
    entriesOf(ctx, { hashes: hashed.map(({ hash }) => hash), since: barredSince(ctx.now) }),
  )
  return new Map(
    hashed.map(({ id, hash }) => [
      id,
      new Set(rows.filter((row) => row.hash.equals(hash)).map(({ reference }) => reference)),
    ]),
  )
}
