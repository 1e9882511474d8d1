import { publishDirectory } from '../domains/directory/service.ts'
import { updateOrganization } from '../domains/organizations/service.ts'
import { publishNeed } from '../domains/support/service.ts'
import { type Cast, dateOf } from './cast.ts'

/** What each says of itself to people who look for help. Who is not here stays unlisted, as everybody is at first. */
const listed = {
  operator: 'Sample: people who walk the way to recovery together.',
  otherOperator: 'Sample: families who have been through it, for families who are in it.',
  school: 'Sample: nurses, physicians and social workers learn here, and go along with mentors.',
} as const

/** The office opens the public directory; organizations list themselves, and one says what it needs. */
export async function openDirectory({ at, clients, now }: Cast): Promise<void> {
  await publishDirectory(at('networkAdmin', 12), { name: 'sample-network' })
  for (const member of ['operator', 'otherOperator', 'school'] as const)
    await updateOrganization(at(member, 11), {
      id: clients[member].organizationId,
      description: listed[member],
      listed: true,
    })
  await publishNeed(at('operator', 11), {
    id: clients.operator.organizationId,
    kind: 'space',
    description: 'Sample: a room for a group of twelve, on Thursday evenings.',
    quantity: '1 room',
    untilOn: dateOf(now, -90),
    public: true,
  })
}
