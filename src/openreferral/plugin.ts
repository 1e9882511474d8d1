import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { notFound } from '../core/errors.ts'
import { Id } from '../core/id.ts'
import { parseInput } from '../core/input.ts'
import { Instant, isStorable, unstorable } from '../core/primitives.ts'
import type { Directory, PublishedNetwork } from '../domains/directory/published.ts'
import { countAddresses } from '../plugins/auth.ts'
import { codesOf, taxonomies, terms, toOrganization, toService } from './shapes.ts'

export interface OpenReferralOptions {
  readonly directory: Directory
  readonly publicUrl: () => string
}

/** As long as an organization that takes itself off the list may still be shown by whoever asked before. */
const cachedSeconds = 300
/** A page further in than this costs more than it can be worth: narrow the search instead. */
const pageMax = 1_000

const Flag = z.enum(['true', 'false']).default('false')
/** Ids of terms are of another version than those of the service. */
const TermId = z.uuid().transform((id) => id.toLowerCase())

const paged = {
  network: z.string().max(63).optional(),
  page: z.coerce.number().int().min(1).max(pageMax).default(1),
  per_page: z.coerce.number().int().min(1).max(100).optional(),
  search: z.string().trim().max(200).refine(isStorable, unstorable).optional(),
  format: z.enum(['json']).optional(),
}
const tagged = { taxonomy_id: TermId.optional(), taxonomy_term_id: TermId.optional() }

/**
 * The parameters of the HSDS API reference, path by path. One that is not the path's, and a value that means what is not done
 * here, is refused by name: whoever asked for it would take the answer for another one.
 */
const ServiceQuery = z.strictObject({
  ...paged,
  ...tagged,
  organization_id: Id.optional(),
  modified_after: Instant.optional(),
  minimal: Flag,
  full: Flag,
})
const OrganizationQuery = z.strictObject({
  ...paged,
  ...tagged,
  full: Flag,
  full_service: z.enum(['false'], 'Services are found at /services?organization_id=…').optional(),
})
const TaxonomyQuery = z.strictObject(paged)
const TermQuery = z.strictObject({
  ...paged,
  taxonomy_id: TermId.optional(),
  // No term here has another above or below it.
  top_only: Flag,
  parent_id: TermId.optional(),
})
const PlaceQuery = z.strictObject({
  ...paged,
  ...tagged,
  organization_id: Id.optional(),
  modified_after: Instant.optional(),
  full: Flag,
  postcode: z.string().max(20).optional(),
  proximity: z.coerce.number().min(0).optional(),
})
/** Of one thing, or of the whole: nothing to choose but the network. */
const NetworkQuery = z.strictObject({ network: paged.network, format: paged.format })
const OneOrganizationQuery = NetworkQuery.extend({ full_service: OrganizationQuery.shape.full_service })
type Paged = z.output<z.ZodObject<typeof paged>>

/**
 * The public directory in the form of Open Referral HSDS 3.0: read-only, without a token, and nothing of any person in
 * it. A network that was not published, and an organization that is not listed, do not exist here.
 */
export async function openReferral(app: FastifyInstance, { directory, publicUrl }: OpenReferralOptions) {
  countAddresses(app)
  async function networkOf(
    request: FastifyRequest,
    query: { network?: string | undefined },
  ): Promise<PublishedNetwork> {
    const { network: inPath } = request.params as { network?: string }
    const name = inPath ?? query.network
    // A name that no database could hold is nobody's.
    if (name !== undefined && !isStorable(name)) throw notFound('directory')
    const network = await directory.findNetwork(name)
    if (!network) throw notFound('directory')
    return network
  }

  app.get('/', async (request, reply) => {
    const { name } = await networkOf(request, parseInput(NetworkQuery, request.query))
    return send(request, reply, {
      version: '3.0',
      profile: 'https://docs.openreferral.org/en/3.0/',
      openapi_url: `${publicUrl()}/openapi.json`,
      description: `Mentorship programs of ${name}`,
      publisher: { name },
    })
  })

  app.get('/services', async (request, reply) => {
    const said = parseInput(ServiceQuery, request.query)
    const query = said.minimal === 'true' ? { ...said, per_page: said.per_page ?? minimalDefault } : said
    const { id } = await networkOf(request, query)
    const { data, total } = await directory.services(id, {
      ...wantedBy(query),
      organizationId: query.organization_id,
      modifiedAfter: query.modified_after === undefined ? undefined : new Date(query.modified_after),
      tagged: tagOf(query),
    })
    const contents =
      query.minimal === 'true'
        ? data.map(({ program }) => ({ id: program.id, modified_date: program.updatedAt.toISOString() }))
        : data.map((one) => toService(one, query.full === 'true'))
    return send(
      request,
      reply,
      pageOf(query, contents, total),
      latest(data.map(({ program }) => program.updatedAt)),
    )
  })

  app.get('/services/:id', async (request, reply) => {
    const network = await networkOf(request, parseInput(NetworkQuery, request.query))
    const found = await directory.service(network.id, idOf(request, 'service'))
    if (!found) throw notFound('service')
    return send(request, reply, toService(found, true), found.program.updatedAt)
  })

  app.get('/organizations', async (request, reply) => {
    const query = parseInput(OrganizationQuery, request.query)
    const { id } = await networkOf(request, query)
    const { data, total } = await directory.organizations(id, { ...wantedBy(query), tagged: tagOf(query) })
    const contents = data.map((one) => toOrganization(one, publicUrl(), query.full === 'true'))
    const changed = latest(data.map(({ organization }) => organization.updatedAt))
    return send(request, reply, pageOf(query, contents, total), changed)
  })

  app.get('/organizations/:id', async (request, reply) => {
    const network = await networkOf(request, parseInput(OneOrganizationQuery, request.query))
    const found = await directory.organization(network.id, idOf(request, 'organization'))
    if (!found) throw notFound('organization')
    return send(request, reply, toOrganization(found, publicUrl(), true), found.organization.updatedAt)
  })

  app.get('/taxonomies', async (request, reply) => {
    const query = parseInput(TaxonomyQuery, request.query)
    await networkOf(request, query)
    return sendList(request, reply, query, taxonomies)
  })

  app.get('/taxonomy_terms', async (request, reply) => {
    const query = parseInput(TermQuery, request.query)
    await networkOf(request, query)
    const wanted = terms.filter(
      ({ taxonomy_detail }) => query.taxonomy_id === undefined || taxonomy_detail.id === query.taxonomy_id,
    )
    return sendList(request, reply, query, query.parent_id === undefined ? wanted : [])
  })

  // Places are not kept: people are met by phone, by video, or where they are.
  app.get('/service_at_locations', async (request, reply) => {
    const query = parseInput(PlaceQuery, request.query)
    await networkOf(request, query)
    return sendList(request, reply, query, [])
  })

  for (const [path, all] of [
    ['/taxonomies', taxonomies],
    ['/taxonomy_terms', terms],
    ['/service_at_locations', []],
  ] as const)
    app.get(`${path}/:id`, async (request, reply) => {
      await networkOf(request, parseInput(NetworkQuery, request.query))
      const id = idOf(request, 'entry')
      const found = all.find((one) => one.id === id)
      if (!found) throw notFound('entry')
      return send(request, reply, found)
    })
}

/** Of a list that is short and always the same. */
function sendList(
  request: FastifyRequest,
  reply: FastifyReply,
  query: Paged,
  all: readonly { readonly name: string; readonly description: string }[],
) {
  const { search, offset, limit } = wantedBy(query)
  const found = all.filter(
    ({ name, description }) =>
      search === undefined || `${name} ${description}`.toLowerCase().includes(search.toLowerCase()),
  )
  return send(request, reply, pageOf(query, found.slice(offset, offset + limit), found.length))
}

const tagOf = (query: { taxonomy_id?: string | undefined; taxonomy_term_id?: string | undefined }) =>
  query.taxonomy_id === undefined && query.taxonomy_term_id === undefined
    ? undefined
    : codesOf({ taxonomyId: query.taxonomy_id, termId: query.taxonomy_term_id })

function idOf(request: FastifyRequest, what: string): string {
  const { id } = request.params as { id: string }
  // Ids of terms are of another version than those of the service.
  if (!z.uuid().safeParse(id).success) throw notFound(what)
  return id.toLowerCase()
}

const pageDefault = 20
/** Two members each: as many as most directories have, so that one page shows what has changed. */
const minimalDefault = 1_000

const wantedBy = ({ search, page, per_page = pageDefault }: Paged) => ({
  search: search || undefined,
  offset: (page - 1) * per_page,
  limit: per_page,
})

/** The envelope in which HSDS pages. */
function pageOf({ page, per_page = pageDefault }: Paged, contents: readonly object[], total: number) {
  const pages = Math.ceil(total / per_page)
  return {
    total_items: total,
    total_pages: pages,
    page_number: page,
    size: contents.length,
    first_page: page === 1,
    last_page: page >= pages,
    empty: contents.length === 0,
    contents,
  }
}

const latest = (times: readonly Date[]): Date | undefined =>
  times.reduce<Date | undefined>((last, at) => (last === undefined || at > last ? at : last), undefined)

/** Its validator is what it says: room that went stale changes an answer in which nothing was written. */
function send(request: FastifyRequest, reply: FastifyReply, body: object, modifiedAt?: Date) {
  const text = JSON.stringify(body)
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  reply.header('cache-control', `public, max-age=${cachedSeconds}`).header('etag', etag)
  if (modifiedAt) reply.header('last-modified', modifiedAt.toUTCString())
  const asked =
    request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  if (asked.includes(etag) || asked.includes('*')) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(text)
}
