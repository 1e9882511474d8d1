import { createHmac } from 'node:crypto'
import { and, eq, gte, inArray, isNull, or } from 'drizzle-orm'
import type { Ctx, TxCtx } from '../../core/context.ts'
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

/** Read together, in one round trip; the panels on the other side of the organization wall, as references only. */
export async function conflictsOf(
  ctx: TxCtx,
  people: readonly PersonDetails[],
): Promise<Map<string, Conflicts>> {
  const { db, networkId, now } = ctx
  const ids = people.map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const declared = await db
    .select()
    .from(conflictDeclarations)
    .where(
      and(
        eq(conflictDeclarations.networkId, networkId),
        inArray(conflictDeclarations.patientId, ids),
        isNull(conflictDeclarations.withdrawnAt),
      ),
    )
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
    ctx.db
      .select({ hash: panelEntries.hash, reference: panelEntries.practitionerReference })
      .from(panelEntries)
      .where(
        and(
          eq(panelEntries.networkId, ctx.networkId),
          inArray(
            panelEntries.hash,
            hashed.map(({ hash }) => hash),
          ),
          or(isNull(panelEntries.relatedUntil), gte(panelEntries.relatedUntil, barredSince(ctx.now))),
        ),
      )
      .then((found) => found),
  )
  return new Map(
    hashed.map(({ id, hash }) => [
      id,
      new Set(rows.filter((row) => row.hash.equals(hash)).map(({ reference }) => reference)),
    ]),
  )
}
