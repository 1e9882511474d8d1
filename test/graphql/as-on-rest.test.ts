import t from 'tap'
import { graphOf } from '../support/graphql.ts'
import { crowd } from './crowd.ts'

/** Lists that are read for many: where REST has each, under an object of which type. */
const lists: readonly (readonly [type: string, field: string, url: (id: string) => string])[] = [
  ['Patient', 'restrictions', (id) => `/v1/patients/${id}/restrictions?`],
  ['Patient', 'legalHolds', (id) => `/v1/patients/${id}/legal-holds?`],
  ['Patient', 'treatingRelationships', (id) => `/v1/patients/${id}/treating-relationships?`],
  ['Patient', 'referrals', (id) => `/v1/referrals?patientId=${id}&`],
  ['Patient', 'mentorships', (id) => `/v1/mentorships?patientId=${id}&`],
  ['Mentor', 'screenings', (id) => `/v1/mentors/${id}/screenings?`],
  ['Mentor', 'credentials', (id) => `/v1/mentors/${id}/credentials?`],
  ['Mentor', 'conflicts', (id) => `/v1/mentors/${id}/conflicts?`],
  ['Mentor', 'supervisionSessions', (id) => `/v1/supervision-sessions?mentorId=${id}&`],
  ['Mentor', 'offers', (id) => `/v1/offers?mentorId=${id}&`],
  ['Mentor', 'programs', (id) => `/v1/programs?mentorId=${id}&`],
  ['Mentorship', 'agreements', (id) => `/v1/mentorships/${id}/agreements?`],
  ['Program', 'mentors', (id) => `/v1/mentors?programId=${id}&`],
  ['Program', 'referrals', (id) => `/v1/referrals?programId=${id}&`],
  ['Program', 'matchingRuns', (id) => `/v1/matching-runs?programId=${id}&`],
  ['Organization', 'mentors', (id) => `/v1/mentors?organizationId=${id}&`],
  ['Consent', 'referrals', (id) => `/v1/referrals?consentId=${id}&`],
]

t.test('what is read for many is what REST reads for one, from the first page on', async (t) => {
  const { clinic, operator } = await crowd(t, 2)
  const met: string[] = []
  for (const [type, field, url] of lists)
    for (const api of [clinic, operator]) {
      const root = `${type.charAt(0).toLowerCase()}${type.slice(1)}s`
      const { data, errors } = await graphOf(api)(
        `{ ${root}(first: 10) { nodes { id ${field}(first: 1) { nodes { ${field === 'programs' ? 'name' : 'id'} } pageInfo { endCursor hasNextPage } } } } }`,
      )
      if (errors?.some(({ extensions }) => extensions.code === 'insufficient_scope')) continue
      t.same(errors, undefined, `${type}.${field}`)
      for (const { id, [field]: page } of data[root].nodes) {
        const one = await api.get(`${url(id)}limit=1`)
        t.equal(one.status, 200, url(id))
        const key = field === 'programs' ? 'name' : 'id'
        t.same(
          page.nodes.map((node: Record<string, string>) => node[key]),
          one.body.data.map((item: Record<string, string>) => item[key]),
          `${type}.${field}`,
        )
        t.equal(page.pageInfo.hasNextPage, one.body.nextCursor !== null)
        if (one.body.data.length > 0) met.push(`${type}.${field}`)
        if (!page.pageInfo.hasNextPage) continue
        t.equal(page.pageInfo.endCursor, `p${one.body.nextCursor}`, 'and goes on by the same cursor')
      }
    }
  // Whoever holds the patient is another organization than whoever holds the mentorship, in this story.
  const expected = lists
    .map(([type, field]) => `${type}.${field}`)
    .filter((name) => name !== 'Patient.mentorships')
  t.same([...new Set(met)].toSorted(), expected.toSorted(), 'each list has something in it')
})
