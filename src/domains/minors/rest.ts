import { question, type Route, view } from '../../rest/route.ts'
import { MinorPolicy } from './contract.ts'
import { getMinorPolicy, updateMinorPolicy } from './service.ts'

const tag = 'Consents'

export const minorRoutes: readonly Route[] = [
  view('/minor-policy', getMinorPolicy, {
    tag,
    summary: 'Whether the network takes minors, and who signs for them',
    answer: MinorPolicy,
  }),
  question('/minor-policy', updateMinorPolicy, {
    tag,
    summary: 'Say whether the network takes minors, and enter the law of a state',
    description:
      'For the office that runs the network, with what its counsel has checked (42 CFR 2.14). Off until then.',
    answer: MinorPolicy,
    example: {
      request: {
        minorsAccepted: true,
        rules: [
          {
            jurisdiction: 'CO',
            consentAge: 12,
            source: 'Sample: enter the statute that your counsel has checked.',
          },
        ],
      },
    },
  }),
]
