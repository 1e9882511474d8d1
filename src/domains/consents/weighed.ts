import { type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { partyRows } from './parties.ts'
import type { ConsentRow, PartyRow, WeighedConsent } from './store.ts'
import { sealedConsents, sealedParties } from './table.ts'

interface Sealed {
  /** Null: there is nothing to be opened. */
  readonly sealed: Readonly<Record<string, string | null>> | null
  /** Of its person, in hexadecimal digits. */
  readonly wrappedKey: string | null
}

/** A consent as `consentsTold` tells it. */
export type ConsentTold = WeighedConsent['row'] &
  Sealed & { readonly patientId: string; readonly draftParties: ConsentRow['draftParties'] }

/** A party as `partiesTold` tells it. */
export type PartyTold = Omit<PartyRow, 'revokedAt'> &
  Sealed & { readonly patientId: string; readonly revokedAt: string | null }

interface Which {
  readonly network: Placeholder
  /** Of which people. */
  readonly ids: SQL
  /** At most so many, the newest. */
  readonly limit: Placeholder
}

const newest = ({ network, ids, limit }: Which) =>
  sql`from consents c where c.network_id = ${network} and c.patient_id = any(${ids}) order by c.id desc limit ${limit}`

const keyOf = sql`(select encode(coalesce(k.sealed_key, ''), 'hex') from person_keys k
  where k.network_id = c.network_id and k.person_id = c.patient_id)`

/**
 * What decisions need of the newest consents of some people, as one value of JSON: who signed and what was said is not read.
 * Sealed are only the parties of a draft, which have no rows yet.
 */
export const consentsTold = (which: Which): SQL<readonly ConsentTold[] | null> =>
  sql`(select json_agg(told) from (
    select c.id, c.patient_id as "patientId", c.status, c.kind, c.data_classes as "dataClasses",
      c.revoked_data_classes as "revokedDataClasses", c.purposes, c.both_directions as "bothDirections",
      c.expires_on as "expiresOn", c.document_sha256 as "documentSha256", c.draft_parties as "draftParties",
      case when c.status = 'draft' then c.sealed end as sealed, case when c.status = 'draft' then ${keyOf} end as "wrappedKey"
    ${newest(which)}) told)`

/** Their parties. Sealed are only the names of those that are no organization of the network. */
export const partiesTold = (which: Which): SQL<readonly PartyTold[] | null> =>
  sql`(select json_agg(told) from (
    select p.consent_id as "consentId", c.patient_id as "patientId", p.role, p.position, p.designation,
      p.party_organization_id as "partyOrganizationId", o.name, p.description, p.via_position as "viaPosition",
      p.treating_only as "treatingOnly", p.revoked_at as "revokedAt",
      case when o.id is null then p.sealed end as sealed, case when o.id is null then ${keyOf} end as "wrappedKey"
    from (select c.network_id, c.id, c.patient_id ${newest(which)}) c
    join consent_parties p on p.network_id = c.network_id and p.consent_id = c.id
    left join organizations o on o.network_id = p.network_id and o.id = p.party_organization_id
    order by p.role, p.position) told)`

/** Puts them together, and opens what is sealed of them, which of most is nothing. */
export async function weigh(
  ctx: TxCtx,
  consents: readonly ConsentTold[],
  parties: readonly PartyTold[],
): Promise<(WeighedConsent & { readonly patientId: string })[]> {
  const opened = await Promise.all(parties.map((party) => openParty(ctx, party)))
  const partiesOf = grouped(opened, ({ consentId }) => consentId)
  return Promise.all(
    consents.map(async (row) => ({
      row,
      patientId: row.patientId,
      parties: row.status === 'draft' ? await partiesOfDraft(ctx, row) : partiesOf(row.id),
    })),
  )
}

const bytesOf = (hex: string | null) => (hex === null ? null : Buffer.from(hex, 'hex'))

async function partiesOfDraft(ctx: TxCtx, told: ConsentTold): Promise<readonly PartyRow[]> {
  const [opened] = await sealedConsents.open(ctx, [
    { ...told, sealed: told.sealed ?? {}, wrappedKey: bytesOf(told.wrappedKey) },
  ])
  const drafted = opened?.draftParties
  return drafted ? partyRows(told.id, drafted.disclosers, drafted.recipients) : []
}

async function openParty(
  ctx: TxCtx,
  { wrappedKey, sealed, revokedAt, ...told }: PartyTold,
): Promise<PartyRow> {
  const plain = { ...told, revokedAt: revokedAt === null ? null : new Date(revokedAt) }
  if (!sealed) return plain
  const [opened] = await sealedParties.open(ctx, [{ ...plain, sealed, wrappedKey: bytesOf(wrappedKey) }])
  return { ...plain, description: opened?.description ?? null }
}
