import { question, type Route, view } from '../../rest/route.ts'
import { PublicDirectory } from './contract.ts'
import { getPublicDirectory, publishDirectory } from './service.ts'

const tag = 'Organizations'

export const directoryRoutes: readonly Route[] = [
  view('/public-directory', getPublicDirectory, {
    tag,
    summary: 'Whether the network has a public directory, and where',
    answer: PublicDirectory,
  }),
  question('/public-directory', publishDirectory, {
    tag,
    summary: 'Open the public directory of the network, or take it down',
    description:
      'For the office that runs the network. It shows the organizations that are `listed`, their programs, recognition, public accreditations and public needs in the form of Open Referral HSDS 3.0, to anybody. An organization lists itself with `PATCH /v1/organizations/{id}`.',
    answer: PublicDirectory,
    refusals: ['natural_key_taken'],
    example: { request: { name: 'sample-network' } },
  }),
]
