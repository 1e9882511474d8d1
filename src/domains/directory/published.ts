import {
  and,
  arrayContains,
  asc,
  count,
  eq,
  gte,
  ilike,
  inArray,
  isNull,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { asPublic, type Service } from '../../db/access.ts'
import type { Tx } from '../../db/client.ts'
import { accreditations } from '../accreditations/table.ts'
import { networks, organizations } from '../organizations/table.ts'
import { believed } from '../programs/capacity.ts'
import { programCapacities, programs } from '../programs/table.ts'
import { recognitionCredentials } from '../recognition/table.ts'
import { organizationNeeds } from '../support/table.ts'

export interface PublishedNetwork {
  readonly id: string
  readonly name: string
  readonly directoryName: string | null
}

export interface Tag {
  readonly list: string
  /** Left out: any code of the list. */
  readonly code?: string | undefined
}

export interface Wanted {
  readonly search?: string | undefined
  readonly organizationId?: string | undefined
  readonly modifiedAfter?: Date | undefined
  /** Codes of a list of this service, as a taxonomy term names one and a taxonomy all of them. */
  readonly tagged?: Tag | undefined
  readonly offset: number
  readonly limit: number
}

const organizationColumns = {
  id: organizations.id,
  name: organizations.name,
  kind: organizations.kind,
  url: organizations.url,
  description: organizations.description,
  updatedAt: organizations.updatedAt,
}

/** When the program last said what it has room for; the newest entry of an index. */
const reportedAt = sql`(select max(c.as_of) from program_capacities c
  where c.network_id = ${programs.networkId} and c.program_id = ${programs.id})`

const programColumns = {
  id: programs.id,
  organizationId: programs.organizationId,
  name: programs.name,
  description: programs.description,
  status: programs.status,
  modes: programs.modes,
  languages: programs.languages,
  serviceArea: programs.serviceArea,
  mentorTypes: programs.mentorTypes,
  eligibility: programs.eligibility,
  /** Its room is shown with it, so a new report changes it for whoever pulls what has changed. */
  updatedAt: sql<Date>`greatest(${programs.updatedAt}, ${reportedAt})`.mapWith(programs.updatedAt),
}

/** What is published beside organizations: found for a page of them at once. */
async function besides(db: Tx, networkId: string, now: Date, organizationIds: readonly string[]) {
  if (organizationIds.length === 0) return { recognition: [], accredited: [], needs: [] }
  const ids = [...organizationIds]
  const today = now.toISOString().slice(0, 10)
  const [recognition, accredited, needs] = await Promise.all([
    db
      .select({
        id: recognitionCredentials.id,
        organizationId: recognitionCredentials.organizationId,
        content: recognitionCredentials.content,
      })
      .from(recognitionCredentials)
      .where(
        and(
          eq(recognitionCredentials.networkId, networkId),
          inArray(recognitionCredentials.organizationId, ids),
          eq(recognitionCredentials.subject, 'organization'),
          isNull(recognitionCredentials.revokedAt),
          gte(recognitionCredentials.validUntil, now),
        ),
      )
      .orderBy(recognitionCredentials.id)
      .limit(1_000),
    db
      .select()
      .from(accreditations)
      .where(
        and(
          eq(accreditations.networkId, networkId),
          inArray(accreditations.organizationId, ids),
          or(isNull(accreditations.untilOn), gte(accreditations.untilOn, today)),
        ),
      )
      .orderBy(accreditations.id)
      .limit(1_000),
    db
      .select()
      .from(organizationNeeds)
      .where(
        and(
          eq(organizationNeeds.networkId, networkId),
          inArray(organizationNeeds.organizationId, ids),
          or(isNull(organizationNeeds.untilOn), gte(organizationNeeds.untilOn, today)),
        ),
      )
      .orderBy(organizationNeeds.id)
      .limit(1_000),
  ])
  return { recognition, accredited, needs }
}

/** What programs said last about their room, as far as it may be believed now. */
async function roomOf(db: Tx, networkId: string, now: Date, programIds: readonly string[]) {
  if (programIds.length === 0) return new Map<string, Room>()
  const rows = await db
    .selectDistinctOn([programCapacities.programId], {
      programId: programCapacities.programId,
      status: programCapacities.status,
      openSlots: programCapacities.openSlots,
      asOf: programCapacities.asOf,
      freshUntil: programCapacities.freshUntil,
    })
    .from(programCapacities)
    .where(
      and(eq(programCapacities.networkId, networkId), inArray(programCapacities.programId, [...programIds])),
    )
    .orderBy(programCapacities.programId, sql`${programCapacities.asOf} desc, ${programCapacities.id} desc`)
  return new Map(
    rows.map((row): [string, Room] => {
      const status = believed(row, now)
      return [
        row.programId,
        { status, openSlots: status === 'unknown' ? null : row.openSlots, asOf: row.asOf },
      ]
    }),
  )
}
export interface Room {
  readonly status: ReturnType<typeof believed>
  readonly openSlots: number | null
  readonly asOf: Date
}

const contains = (column: PgColumn, text: string) => ilike(column, `%${text.replace(/[\\%_]/g, '\\$&')}%`)

const holds = (column: PgColumn, code: string | undefined) =>
  code === undefined ? sql`cardinality(${column}) > 0` : arrayContains(column, [code])

/** What a program said last about its room, as `believed` says it. */
const roomCode = (now: Date) => sql`coalesce((
  select case
    when c.fresh_until <= ${now.toISOString()}::timestamptz then 'unknown'
    when c.status = 'capacity' and c.open_slots = 0 then 'no_capacity'
    else c.status end
  from program_capacities c
  where c.network_id = ${programs.networkId} and c.program_id = ${programs.id}
  order by c.as_of desc, c.id desc limit 1), 'unknown')`

/** Written anew, or with a newer word of its room: two questions, so that each is answered from what is indexed for it. */
const changedSince = (at: Date) =>
  or(
    gte(programs.updatedAt, at),
    sql`exists (select from program_capacities c where c.network_id = ${programs.networkId}
      and c.program_id = ${programs.id} and c.as_of >= ${at.toISOString()}::timestamptz)`,
  )

/** Services that have an attribute of this code; a list that services have nothing of finds none. */
function servicesTagged({ list, code }: Tag, now: Date): SQL {
  if (list === 'contact_mode') return holds(programs.modes, code)
  if (list === 'mentor_type') return holds(programs.mentorTypes, code)
  if (list === 'capacity') return code === undefined ? sql`true` : sql`${roomCode(now)} = ${code}`
  return sql`false`
}

function organizationsTagged({ list, code }: Tag, now: Date): SQL {
  const today = now.toISOString().slice(0, 10)
  const of = sql`network_id = ${organizations.networkId} and organization_id = ${organizations.id}`
  const accredited = sql`exists (select from accreditations where ${of} and (until_on is null or until_on >= ${today}))`
  const recognized = sql`exists (select from recognition_credentials where ${of} and subject = 'organization'
    and revoked_at is null and valid_until >= ${now.toISOString()}::timestamptz)`
  if (list === 'organization_kind')
    return code === undefined ? sql`true` : sql`${organizations.kind} = ${code}`
  if (list === 'recognition')
    return code === 'accreditation'
      ? accredited
      : code === 'recognition_credential'
        ? recognized
        : sql`(${accredited} or ${recognized})`
  if (list === 'need')
    return sql`exists (select from organization_needs where ${of} and (until_on is null or until_on >= ${today})
      ${code === undefined ? sql`` : sql`and kind = ${code}`})`
  return sql`false`
}

/**
 * The public directory. Each answer is read as the public: what is not listed does not exist for that role, whatever is
 * asked here.
 */
export function createDirectory(service: Service, now: () => Date) {
  const read = <T>(networkId: string, work: (db: Tx) => Promise<T>) =>
    asPublic(service.database, { networkId }, ({ db }) => work(db))

  async function selectServices(networkId: string, condition: SQL | undefined, { offset, limit }: Wanted) {
    return read(networkId, async (db) => {
      const at = now()
      const published = and(eq(programs.networkId, networkId), condition)
      const joined = and(
        eq(organizations.networkId, programs.networkId),
        eq(organizations.id, programs.organizationId),
      )
      const [rows, [total]] = await Promise.all([
        db
          .select({ program: programColumns, organization: organizationColumns })
          .from(programs)
          .innerJoin(organizations, joined)
          .where(published)
          .orderBy(asc(programs.name), asc(programs.id))
          .limit(limit)
          .offset(offset),
        db.select({ total: count() }).from(programs).innerJoin(organizations, joined).where(published),
      ])
      const [rooms, beside] = await Promise.all([
        roomOf(
          db,
          networkId,
          at,
          rows.map(({ program }) => program.id),
        ),
        besides(db, networkId, at, [...new Set(rows.map(({ organization }) => organization.id))]),
      ])
      const data = rows.map((row) => ({
        ...row,
        room: rooms.get(row.program.id),
        accredited: beside.accredited.filter((one) => one.organizationId === row.organization.id),
      }))
      return { data, total: total?.total ?? 0 }
    })
  }

  async function selectOrganizations(
    networkId: string,
    condition: SQL | undefined,
    { offset, limit }: Wanted,
  ) {
    return read(networkId, async (db) => {
      const published = and(eq(organizations.networkId, networkId), condition)
      const [rows, [total]] = await Promise.all([
        db
          .select(organizationColumns)
          .from(organizations)
          .where(published)
          .orderBy(asc(organizations.name), asc(organizations.id))
          .limit(limit)
          .offset(offset),
        db.select({ total: count() }).from(organizations).where(published),
      ])
      const beside = await besides(
        db,
        networkId,
        now(),
        rows.map(({ id }) => id),
      )
      const data = rows.map((organization) => {
        const own = <Row extends { organizationId: string }>(all: readonly Row[]) =>
          all.filter(({ organizationId }) => organizationId === organization.id)
        return {
          organization,
          recognition: own(beside.recognition),
          accredited: own(beside.accredited),
          needs: own(beside.needs),
        }
      })
      return { data, total: total?.total ?? 0 }
    })
  }

  const one = { offset: 0, limit: 1 }
  return {
    /** By its name; without one, the only network of the deployment that is published. */
    async findNetwork(name: string | undefined): Promise<PublishedNetwork | undefined> {
      const found = await asPublic(service.database, {}, async ({ db }) =>
        db
          .select({ id: networks.id, name: networks.name, directoryName: networks.directoryName })
          .from(networks)
          .where(name === undefined ? undefined : eq(networks.directoryName, name))
          .limit(2),
      )
      return found.length === 1 ? found[0] : undefined
    },
    services: (networkId: string, wanted: Wanted) =>
      selectServices(
        networkId,
        and(
          wanted.search
            ? or(contains(programs.name, wanted.search), contains(programs.description, wanted.search))
            : undefined,
          wanted.organizationId ? eq(programs.organizationId, wanted.organizationId) : undefined,
          wanted.modifiedAfter ? changedSince(wanted.modifiedAfter) : undefined,
          wanted.tagged ? servicesTagged(wanted.tagged, now()) : undefined,
        ),
        wanted,
      ),
    service: async (networkId: string, id: string) =>
      (await selectServices(networkId, eq(programs.id, id), one)).data[0],
    organizations: (networkId: string, wanted: Wanted) =>
      selectOrganizations(
        networkId,
        and(
          wanted.search
            ? or(
                contains(organizations.name, wanted.search),
                contains(organizations.description, wanted.search),
              )
            : undefined,
          wanted.tagged ? organizationsTagged(wanted.tagged, now()) : undefined,
        ),
        wanted,
      ),
    organization: async (networkId: string, id: string) =>
      (await selectOrganizations(networkId, eq(organizations.id, id), one)).data[0],
  }
}

export type Directory = ReturnType<typeof createDirectory>
export type PublishedService = NonNullable<Awaited<ReturnType<Directory['service']>>>
export type PublishedOrganization = NonNullable<Awaited<ReturnType<Directory['organization']>>>
