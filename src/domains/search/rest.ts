import { type Route, view } from '../../rest/route.ts'
import { SearchResult } from './contract.ts'
import { search } from './service.ts'

export const searchRoutes: readonly Route[] = [
  view('/search', search, {
    tag: 'Search',
    summary: 'Find by a name or a number',
    description:
      'Organizations and programs of the network by a word of their name, mentors of your organization by a word of theirs, and patients and referrals of your organization by a whole number. Each type needs the scope that reads it. Names of patients are sealed: nobody finds a person by their name here.',
    answer: SearchResult,
  }),
]
