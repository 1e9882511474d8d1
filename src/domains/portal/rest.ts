import { question, type Route } from '../../rest/route.ts'
import { PortalToken } from './contract.ts'
import { createPortalToken } from './service.ts'

export const portalRoutes: readonly Route[] = [
  question('/portal-tokens', createPortalToken, {
    tag: 'Portal tokens',
    summary: 'A short-lived token for one mentor or one patient',
    description:
      'Sign the person in yourself, then ask for their token. A mentor sees and acts on their own profile, offers and mentorships; a patient their own record, choice and closing voice. Whatever is not theirs does not exist.',
    answer: PortalToken,
    example: { request: { subject: { type: 'mentor', id: '01938f3e-7c00-7aaa-8bbb-0123456789ab' } } },
  }),
]
