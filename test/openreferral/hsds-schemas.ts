/**
 * The members, types, formats and demands of the published HSDS JSON schemas, for the objects that the directory shows: taken from
 * github.com/openreferral/specification, folder `schema`, at the commits named beside each. Descriptions, examples and members that hold what
 * is not kept here (phones, places, schedules, contacts and the like) are left out. Members of 3.1 are named as such. That nothing else may
 * stand in an object is this test's own demand: what HSDS does not know, its readers lose.
 */
const text = { type: 'string' } as const
const uuid = { type: 'string', format: 'uuid' } as const
const uri = { type: 'string', format: 'uri' } as const
const number = { type: 'number' } as const
const many = (name: string) => ({ type: 'array', items: { $ref: name } })
const object = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
})

export const hsdsSchemas = {
  /** 01be272d5ecf; `last_modified` and `capacities` are of 3.1 (schema/service.json at 67e7b37a4b1e). */
  service: object(['id', 'name', 'status'], {
    ...{
      id: uuid,
      organization_id: text,
      program_id: text,
      name: text,
      alternate_name: text,
      description: text,
    },
    ...{ url: uri, email: { type: 'string', format: 'email' } },
    status: { type: 'string', enum: ['active', 'inactive', 'defunct', 'temporarily closed'] },
    ...{
      interpretation_services: text,
      application_process: text,
      fees_description: text,
      accreditations: text,
    },
    ...{
      eligibility_description: text,
      minimum_age: number,
      maximum_age: number,
      assured_date: text,
      alert: text,
    },
    ...{ languages: many('language'), service_areas: many('service_area'), attributes: many('attribute') },
    organization: { $ref: 'organization' },
    ...{ last_modified: { type: 'string', format: 'date-time' }, capacities: many('service_capacity') },
  }),
  /** 01be272d5ecf. */
  organization: object(['id', 'name', 'description'], {
    ...{ id: uuid, name: text, alternate_name: text, description: text, website: uri, legal_status: text },
    ...{ logo: text, uri, parent_organization_id: text, attributes: many('attribute') },
  }),
  /** 0fd7ce5eaa35. */
  attribute: object(['id'], {
    ...{ id: uuid, link_id: uuid, taxonomy_term_id: uuid, link_type: text, link_entity: text, value: text },
    ...{ label: text, taxonomy_term: { $ref: 'taxonomy_term' } },
  }),
  /** 01be272d5ecf. */
  taxonomy_term: object(['id', 'name', 'description'], {
    ...{
      id: uuid,
      code: text,
      name: text,
      description: text,
      parent_id: text,
      taxonomy: text,
      language: text,
    },
    ...{ taxonomy_id: text, term_uri: uri, taxonomy_detail: { $ref: 'taxonomy' } },
  }),
  /** 01be272d5ecf. */
  taxonomy: object(['id', 'name', 'description'], {
    ...{ id: uuid, name: text, description: text, uri, version: text },
  }),
  /** 149f77cdef6e. */
  language: object(['id'], { ...{ id: uuid, service_id: uuid, name: text, code: text, note: text } }),
  /** 149f77cdef6e. */
  service_area: object(['id'], {
    ...{
      id: uuid,
      service_id: uuid,
      name: text,
      description: text,
      extent: text,
      extent_type: text,
      uri: text,
    },
  }),
  /** Of 3.1, 0867a634b2a7. */
  service_capacity: object(['id', 'unit', 'available', 'updated'], {
    ...{
      id: uuid,
      service_id: uuid,
      unit_id: uuid,
      unit: { $ref: 'unit' },
      available: number,
      maximum: number,
    },
    ...{ description: text, updated: { type: 'string', format: 'date-time' } },
  }),
  /** Of 3.1, 149f77cdef6e. */
  unit: object(['id', 'name'], { ...{ id: uuid, name: text, scheme: text, identifier: text, uri } }),
}

/** The envelope, of schema/openapi.json at 0adc618fc73f. */
export const hsdsPage = (item: keyof typeof hsdsSchemas) =>
  object(['empty', 'contents'], {
    ...{
      total_items: { type: 'integer' },
      total_pages: { type: 'integer' },
      page_number: { type: 'integer' },
    },
    ...{ size: { type: 'integer' }, first_page: { type: 'boolean' }, last_page: { type: 'boolean' } },
    ...{ empty: { type: 'boolean' }, contents: many(item) },
  })
