import { createHash } from 'node:crypto'
import type { PublishedOrganization, PublishedService } from '../domains/directory/published.ts'
import { mentorTypes } from '../domains/mentors/codes.ts'
import { organizationKinds } from '../domains/organizations/contract.ts'
import { capacityStatuses, contactModes } from '../domains/programs/contract.ts'
import { needKinds } from '../domains/support/contract.ts'

/** HSDS wants an id for everything: the same thing has the same one each time it is asked for (RFC 9562, version 8). */
function idFor(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\u0000')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const words = (code: string) => code.replaceAll('_', ' ')

/** Code lists of this service as HSDS has them: a taxonomy each, with a term for each code. */
const lists = {
  organization_kind: { says: 'What kind of organization it is.', codes: organizationKinds },
  mentor_type: { says: 'Who accompanies.', codes: mentorTypes },
  contact_mode: { says: 'How people are met.', codes: contactModes },
  capacity: {
    says: 'What a program said last about its room. What it said too long ago is unknown.',
    codes: [...capacityStatuses, 'unknown'],
  },
  recognition: {
    says: 'What an organization has earned, or was accredited for. The value leads to a credential that anybody can verify, or names the issuer.',
    codes: ['recognition_credential', 'accreditation'],
  },
  need: { says: 'What an organization needs to go on.', codes: needKinds },
} as const satisfies Record<string, { says: string; codes: readonly string[] }>
type ListName = keyof typeof lists

const toTaxonomy = (name: ListName) => ({
  id: idFor('taxonomy', name),
  name: words(name),
  description: lists[name].says,
  version: '1',
})

const toTerm = (list: ListName, code: string) => ({
  id: idFor('term', list, code),
  code,
  name: words(code),
  description: `${words(code)}: ${lists[list].says}`,
  taxonomy: words(list),
  taxonomy_detail: toTaxonomy(list),
  language: 'en',
})

/** The codes that a taxonomy, or one of its terms, stands for; an id that is of neither stands for none. */
export function codesOf(asked: { taxonomyId?: string | undefined; termId?: string | undefined }): {
  readonly list: string
  readonly code?: string | undefined
} {
  const names = Object.keys(lists) as ListName[]
  const list = names.find((name) => idFor('taxonomy', name) === asked.taxonomyId)
  if (asked.termId === undefined) return { list: list ?? 'none' }
  for (const name of asked.taxonomyId === undefined ? names : list ? [list] : [])
    for (const code of lists[name].codes)
      if (idFor('term', name, code) === asked.termId) return { list: name, code }
  return { list: 'none' }
}

export const taxonomies = (Object.keys(lists) as ListName[]).map(toTaxonomy)
export const terms = (Object.keys(lists) as ListName[]).flatMap((list) =>
  lists[list].codes.map((code) => toTerm(list, code)),
)

const toAttribute =
  (linkEntity: 'organization' | 'service', linkId: string) =>
  (list: ListName, code: string, said: { label?: string; value?: string; of?: string } = {}) => ({
    id: idFor('attribute', linkId, list, code, said.of ?? ''),
    link_id: linkId,
    link_entity: linkEntity,
    taxonomy_term_id: idFor('term', list, code),
    ...(said.label !== undefined && { label: said.label }),
    ...(said.value !== undefined && { value: said.value }),
    taxonomy_term: toTerm(list, code),
  })

/** HSDS has no null: what is not known is left out. */
const known = <Members extends Record<string, unknown>>(members: Members) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined))

const toBasic = ({ id, name, kind, url, description }: PublishedOrganization['organization']) => ({
  id,
  name,
  description: description ?? words(kind),
  ...known({ website: url }),
})

/** Without what it has many of, as HSDS lists organizations; with it, as it shows one. */
export function toOrganization(
  { organization, recognition, accredited, needs }: PublishedOrganization,
  publicUrl: string,
  isFull: boolean,
) {
  const attribute = toAttribute('organization', organization.id)
  const attributes = [
    attribute('organization_kind', organization.kind),
    ...recognition.map(({ id, content }) =>
      attribute('recognition', 'recognition_credential', {
        of: id,
        label: content.scheme.name,
        value: `${publicUrl}/recognition/credentials/${id}`,
      }),
    ),
    ...accredited.map(({ id, code, issuer }) =>
      attribute('recognition', 'accreditation', { of: id, label: words(code), value: issuer }),
    ),
    ...needs.map(({ id, kind, description, quantity }) =>
      attribute('need', kind, { of: id, label: description, ...(quantity !== null && { value: quantity }) }),
    ),
  ]
  return { ...toBasic(organization), ...(isFull && { attributes }) }
}

const statuses = { active: 'active', paused: 'temporarily closed', closed: 'defunct' } as const

export function toService({ program, organization, room, accredited }: PublishedService, isFull: boolean) {
  const { id, name, description, status, eligibility, updatedAt } = program
  return {
    id,
    name,
    status: statuses[status],
    organization_id: organization.id,
    ...known({
      description,
      url: organization.url,
      minimum_age: eligibility.minimumAge,
      maximum_age: eligibility.maximumAge,
      accreditations: accredited.map(({ code, issuer }) => `${words(code)} (${issuer})`).join(', ') || null,
      assured_date: room?.asOf.toISOString().slice(0, 10),
    }),
    last_modified: updatedAt.toISOString(),
    organization: toBasic(organization),
    ...(isFull && manyOf(program, room)),
  }
}

function manyOf(program: PublishedService['program'], room: PublishedService['room']) {
  const { id, name, languages, serviceArea, modes, mentorTypes: kinds } = program
  const attribute = toAttribute('service', id)
  return {
    languages: languages.map((code) => ({ id: idFor('language', id, code), code, name: languageName(code) })),
    service_areas: serviceArea.map((prefix) => ({
      id: idFor('area', id, prefix),
      name: `Postal codes that begin with ${prefix}`,
      description: prefix,
    })),
    capacities:
      room?.openSlots === null || room === undefined
        ? []
        : [
            {
              id: idFor('capacity', id),
              service_id: id,
              unit: { id: idFor('unit', 'person'), name: 'person' },
              available: room.openSlots,
              description: `People whom ${name} can take on`,
              updated: room.asOf.toISOString(),
            },
          ],
    attributes: [
      ...modes.map((mode) => attribute('contact_mode', mode)),
      ...kinds.map((kind) => attribute('mentor_type', kind)),
      attribute('capacity', room?.status ?? 'unknown'),
    ],
  }
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' })
const languageName = (code: string) => languageNames.of(code) ?? code
