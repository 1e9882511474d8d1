import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { keyOf } from '../../db/sealing.ts'
import { isChecked, unacknowledged } from '../language/rules.ts'
import { wordList } from '../language/words.ts'
import type { PublicationKind, returnReasons } from './codes.ts'
import { mayReview } from './rules.ts'
import {
  actorOf,
  changeHead,
  changeLatest,
  findForStep,
  insertVersion,
  type Publication,
  type Telling,
  tell,
  unreviewed,
} from './store.ts'
import { type ConsentSignature, publicationVersions } from './table.ts'

/** A version that was published stays; the change begins the next one. */
export async function edit(ctx: TxCtx, found: Publication, telling: Telling): Promise<Publication> {
  const { head, latest } = found
  if (head.status === 'published') {
    const number = head.latest + 1
    const moved = await changeHead(ctx, head, { status: 'draft', latest: number })
    tell(ctx, head.kind, 'updated', moved)
    return { head: moved, latest: insertVersion(ctx, moved, keyOf(latest), number, telling) }
  }
  const moved = await changeHead(ctx, head, { status: 'draft' })
  const writtenBy = [...new Set([...latest.writtenBy, actorOf(ctx)])]
  const audiences = [...telling.audiences]
  tell(ctx, head.kind, 'updated', moved)
  return {
    head: moved,
    latest: changeLatest(ctx, latest, { ...unreviewed, ...telling, audiences, writtenBy }),
  }
}

interface Said {
  readonly texts: readonly string[]
  readonly acknowledge: readonly string[]
}

/** Words of the list go on only as the teller's own, named one by one. */
export async function submit(
  ctx: TxCtx,
  { head, latest }: Publication,
  { texts, acknowledge }: Said,
): Promise<Publication> {
  const checked = isChecked(latest.language)
  const open = checked ? unacknowledged(texts, acknowledge) : []
  if (open.length > 0)
    throw invalidInput(
      ...open.map(({ term, better, why }) => ({
        path: ['acknowledge'],
        code: 'word_to_consider',
        detail: `"${term}": ${why} Better: ${better.join('; ')}. Write it so, or name the word here if it is the teller’s own.`,
      })),
    )
  const moved = await changeHead(ctx, head, { status: 'submitted' })
  tell(ctx, head.kind, 'submitted', moved)
  return {
    head: moved,
    latest: changeLatest(ctx, latest, {
      status: 'submitted',
      submittedAt: ctx.now,
      acknowledged: [...acknowledge],
      wordList: checked ? wordList : null,
      ...{ reviewedBy: null, returnReason: null, note: null },
    }),
  }
}

/** The teller's own word, or a signature that their organization has on file. */
export async function consent(
  ctx: TxCtx,
  { head, latest }: Publication,
  signature: ConsentSignature | undefined,
): Promise<Publication> {
  if (ctx.person && signature)
    throw invalidInput({
      path: ['signature'],
      code: 'conflicting_members',
      detail: 'The portal token of the teller is their word; no signature is recorded beside it.',
    })
  if (!ctx.person && !signature)
    throw invalidInput({
      path: ['signature'],
      code: 'required',
      detail: 'Only the teller consents: by their own portal token, or by a signature that you record.',
    })
  if (signature && new Date(signature.signedAt) > ctx.now)
    throw invalidInput({
      path: ['signature', 'signedAt'],
      code: 'signed_in_future',
      detail: 'A signature is recorded after it was given.',
    })
  const moved = await changeHead(ctx, head, {})
  tell(ctx, head.kind, 'consented', moved)
  return {
    head: moved,
    latest: changeLatest(ctx, latest, {
      consentedAt: ctx.now,
      consentMethod: signature ? 'recorded_signature' : 'portal',
      consentSignature: signature ?? null,
    }),
  }
}

/** What a mentor tells of themselves is looked at by somebody else; a program speaks for itself. */
function requireOther(ctx: TxCtx, { head, latest }: Publication): void {
  if (head.mentorId !== null && !mayReview(actorOf(ctx), latest.writtenBy))
    throw new AppError('review_by_another', 'Somebody who did not write on it publishes or returns it.')
}

export async function publish(ctx: TxCtx, kind: PublicationKind, id: string): Promise<Publication> {
  const found = await findForStep(ctx, kind, id, 'publish')
  const { head, latest } = found
  requireOther(ctx, found)
  if (head.mentorId !== null && latest.consentedAt === null)
    throw new AppError(
      'teller_consent_required',
      'The mentor has not consented to these words and to who may read them.',
    )
  const moved = await changeHead(ctx, head, { status: 'published', published: latest.number })
  ctx.write(
    ctx.db
      .update(publicationVersions)
      .set({ status: 'superseded', updatedAt: ctx.now })
      .where(
        and(
          eq(publicationVersions.networkId, ctx.networkId),
          eq(publicationVersions.publicationId, id),
          eq(publicationVersions.status, 'published'),
        ),
      ),
  )
  tell(ctx, kind, 'published', moved)
  const reviewed = { status: 'published' as const, reviewedBy: actorOf(ctx), publishedAt: ctx.now }
  return { head: moved, latest: changeLatest(ctx, latest, reviewed) }
}

export async function giveBack(
  ctx: TxCtx,
  found: Publication,
  { reason, note }: { readonly reason: (typeof returnReasons)[number]; readonly note: string | undefined },
): Promise<Publication> {
  requireOther(ctx, found)
  const moved = await changeHead(ctx, found.head, { status: 'returned' })
  tell(ctx, moved.kind, 'returned', moved)
  const reviewed = { status: 'returned' as const, reviewedBy: actorOf(ctx), returnReason: reason }
  return { head: moved, latest: changeLatest(ctx, found.latest, { ...reviewed, note: note ?? null }) }
}

/**
 * The teller has taken it back: from this commit on it is read by nobody, and its words are gone from every version. That
 * it was there, and when it was withdrawn, is all that stays.
 */
export async function withdraw(ctx: TxCtx, { head }: Publication) {
  const moved = await changeHead(ctx, head, {
    status: 'withdrawn',
    withdrawnAt: ctx.now,
    published: null,
  })
  ctx.write(
    ctx.db
      .update(publicationVersions)
      .set({
        status: 'withdrawn',
        ...{ content: null, note: null, consentSignature: null, sealed: {} },
        ...{ tags: {}, audiences: [], acknowledged: [] },
        updatedAt: ctx.now,
      })
      .where(
        and(eq(publicationVersions.networkId, ctx.networkId), eq(publicationVersions.publicationId, head.id)),
      ),
  )
  tell(ctx, head.kind, 'withdrawn', moved)
  return { id: head.id, withdrawnAt: ctx.now.toISOString(), version: moved.version }
}
