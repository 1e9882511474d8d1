import { and, desc, eq, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { SubjectType, TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { type Opened, withKey } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import type { PublicationKind, Tags } from './codes.ts'
import { canTake, type Step } from './rules.ts'
import { publications, publicationVersions, sealedVersions } from './table.ts'

export type Head = typeof publications.$inferSelect
export type VersionRow = Opened<typeof publicationVersions>

/** A publication with its latest version: what its writer, teller and reviewer work on. */
export interface Publication {
  readonly head: Head
  readonly latest: VersionRow
}

/** What a version is made of. */
export interface Telling {
  readonly content: object
  readonly language: string
  readonly tags: Tags
  readonly audiences: readonly string[]
}

/** Who acts, as far as writing and reviewing go: a person behind a portal is not the client that speaks for them. */
export const actorOf = ({ person, clientId }: Pick<TxCtx, 'person' | 'clientId'>): string =>
  person?.id ?? clientId

const versionOf = (number: SQL | typeof publications.latest) =>
  and(
    eq(publicationVersions.networkId, publications.networkId),
    eq(publicationVersions.publicationId, publications.id),
    eq(publicationVersions.number, number),
  )

/** Newest first; a withdrawn one is in no list, and found by no id. */
export async function selectPublications(
  ctx: TxCtx,
  kind: PublicationKind,
  condition: SQL | undefined,
  limit: number,
): Promise<Publication[]> {
  const rows = await ctx.db
    .select({ head: publications, latest: sealedVersions.columns })
    .from(publications)
    .innerJoin(publicationVersions, versionOf(publications.latest))
    .where(
      and(
        eq(publications.networkId, ctx.networkId),
        eq(publications.kind, kind),
        isNull(publications.withdrawnAt),
        condition,
      ),
    )
    .orderBy(desc(publications.id))
    .limit(limit)
  const opened = await sealedVersions.open(
    ctx,
    rows.map(({ latest }) => latest),
  )
  return rows.flatMap(({ head }, index) => {
    const latest = opened[index]
    return latest ? [{ head, latest }] : []
  })
}

export async function findPublication(ctx: TxCtx, kind: PublicationKind, id: string): Promise<Publication> {
  const [found] = await selectPublications(ctx, kind, eq(publications.id, id), 1)
  if (!found) throw notFound(kind)
  return found
}

/** As `findPublication`, for a step: checks the version that the caller read, and the status. */
export async function findForStep(
  ctx: TxCtx,
  kind: PublicationKind,
  id: string,
  step: Step,
): Promise<Publication> {
  const found = await findPublication(ctx, kind, id)
  checkVersion(ctx, found.head.version)
  if (!canTake(step, found.head.status))
    throw new AppError(
      'transition_not_allowed',
      `A ${kind} that is ${found.head.status} is past the step "${step}", or not there yet.`,
    )
  return found
}

export async function insertPublication(
  ctx: TxCtx,
  { kind, mentorId, programId = null, key, id = newId(ctx.now) }: NewPublication,
  telling: Telling,
): Promise<Publication> {
  const { networkId, organizationId, now } = ctx
  const keyId = mentorId ?? id
  const head: Head = {
    ...{ networkId, id, organizationId, kind, mentorId, programId, keyId },
    status: 'draft',
    latest: 1,
    published: null,
    withdrawnAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  ctx.write(insertRows(publications, head))
  return { head, latest: insertVersion(ctx, head, key, 1, telling) }
}

export interface NewPublication {
  readonly kind: PublicationKind
  readonly mentorId: string | null
  readonly programId?: string | null
  readonly key: PersonKey | null
  readonly id?: string
}

/** The statement that adds a version travels with the commit. */
export function insertVersion(
  ctx: TxCtx,
  { networkId, id: publicationId, organizationId, mentorId, keyId }: Head,
  key: PersonKey | null,
  number: number,
  { content, language, tags, audiences }: Telling,
): VersionRow {
  const plain = {
    ...{ networkId, publicationId, number, organizationId, mentorId, keyId },
    ...unreviewed,
    content,
    language,
    tags,
    audiences: [...audiences],
    writtenBy: [actorOf(ctx)],
    publishedAt: null,
    createdAt: ctx.now,
    updatedAt: ctx.now,
  }
  ctx.write(insertRows(publicationVersions, sealedVersions.row(key, plain)))
  return withKey(plain, key)
}

/** Of words that changed, nobody has said anything yet: neither the teller nor a reviewer. */
export const unreviewed = {
  status: 'draft' as const,
  note: null,
  consentSignature: null,
  acknowledged: [],
  wordList: null,
  consentedAt: null,
  consentMethod: null,
  submittedAt: null,
  reviewedBy: null,
  returnReason: null,
}

/** Moves the head on from the version that was read; if another request was faster, the transaction looks again. */
export async function changeHead(ctx: TxCtx, found: Head, changes: Partial<Head>): Promise<Head> {
  const [row] = await ctx.db
    .update(publications)
    .set({ ...changes, version: found.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(publications.networkId, ctx.networkId),
        eq(publications.id, found.id),
        eq(publications.version, found.version),
      ),
    )
    .returning()
  if (!row) throw new LostRace()
  return row
}

/** To be called after `changeHead`, which holds the row: nobody else changes the version meanwhile. */
export function changeLatest(ctx: TxCtx, latest: VersionRow, changes: Partial<VersionRow>): VersionRow {
  ctx.write(
    ctx.db
      .update(publicationVersions)
      .set({ ...sealedVersions.changes(latest, changes), updatedAt: ctx.now })
      .where(
        and(
          eq(publicationVersions.networkId, ctx.networkId),
          eq(publicationVersions.publicationId, latest.publicationId),
          eq(publicationVersions.number, latest.number),
        ),
      ),
  )
  return { ...latest, ...changes, updatedAt: ctx.now }
}

/** The versions of one, newest first. */
export async function listVersionRows(
  ctx: TxCtx,
  id: string,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
): Promise<VersionRow[]> {
  const { networkId, publicationId, number } = publicationVersions
  const rows = await ctx.db
    .select(sealedVersions.columns)
    .from(publicationVersions)
    .where(
      and(
        eq(networkId, ctx.networkId),
        eq(publicationId, id),
        before === undefined ? undefined : lt(number, before),
      ),
    )
    .orderBy(desc(number))
    .limit(limit)
  return sealedVersions.open(ctx, rows)
}

/** Who has left has no token of their own any more to take back what they told: it is read no longer. */
export const isNotOfOneWhoLeft = sql`not exists (select from mentors m where m.network_id = ${publications.networkId} and m.id = ${publications.mentorId} and m.status = 'ended')`

/** The version that is read, of those for which a condition holds. */
export async function selectRead(
  ctx: TxCtx,
  kind: PublicationKind,
  condition: SQL | undefined,
  limit: number,
): Promise<Publication[]> {
  const rows = await ctx.db
    .select({ head: publications, latest: sealedVersions.columns })
    .from(publications)
    .innerJoin(publicationVersions, versionOf(sql`${publications.published}`))
    .where(and(eq(publications.networkId, ctx.networkId), eq(publications.kind, kind), condition))
    .orderBy(desc(publications.id))
    .limit(limit)
  const opened = await sealedVersions.open(
    ctx,
    rows.map(({ latest }) => latest),
  )
  return rows.flatMap(({ head }, index) => {
    const latest = opened[index]
    return latest ? [{ head, latest }] : []
  })
}

export function tell(
  ctx: TxCtx,
  kind: PublicationKind & SubjectType,
  step: 'created' | 'updated' | 'submitted' | 'published' | 'returned' | 'withdrawn' | 'consented',
  { id, status }: Head,
): void {
  ctx.emit({ type: `${kind}.${step}`, subjectType: kind, subjectId: id, codes: { status } })
  ctx.touch({ subjectType: kind, subjectId: id })
}
