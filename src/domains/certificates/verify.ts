import { eq } from 'drizzle-orm'
import { notFound } from '../../core/errors.ts'
import { asVerifier, openSystemContext, type Service } from '../../db/access.ts'
import type { Verification } from './contract.ts'
import { plainNumber, statusOf } from './rules.ts'
import { findCertificate } from './store.ts'
import { certificates } from './table.ts'

interface Asked {
  readonly requestId: string
  readonly clientAddress: string
  readonly now: Date
}

/**
 * What somebody without a token learns who has a certificate's number. Whatever is sent is hashed under a key of the
 * service and looked for in one index: no number is nearer than another, and a forged one costs what any other costs.
 * The look leaves an audit row with whoever issued it.
 */
export async function verifyCertificate(
  service: Service,
  typed: string,
  asked: Asked,
): Promise<Verification> {
  const hash = service.keyring.mac('certificate', plainNumber(typed))
  const place = await asVerifier(service.database, hash, async ({ db }) => {
    const [row] = await db
      .select({ networkId: certificates.networkId, id: certificates.id })
      .from(certificates)
      .where(eq(certificates.numberHash, hash))
    return row
  })
  if (!place) throw notFound('certificate')
  const ctx = openSystemContext(service, place.networkId, { face: 'rest', ...asked })
  return ctx.transaction(
    async (tx) => {
      const found = await findCertificate(tx, place.id)
      tx.touch({ subjectType: 'certificate', subjectId: place.id })
      return {
        status: statusOf(found, asked.now),
        initials: found.initials,
      }
    },
    { action: 'certificates.verify' },
  )
}
