import type { Service } from '../db/access.ts'
import { createNetwork } from '../domains/organizations/network.ts'
import { dateOf, gather } from './cast.ts'
import { teach } from './courses.ts'
import type { DemoCredentials } from './demo.ts'
import { openDirectory } from './directory.ts'
import { learn } from './learning.ts'
import { place } from './placement.ts'
import { walk } from './plan.ts'
import { bill, readyClinicians } from './professionals.ts'
import { recognize } from './recognition.ts'
import { addMentors, addPapers, addPrograms, uploadPanel } from './roster.ts'
import { tell } from './steps.ts'
import { stories, storyOfPlacement, storyOfPlan } from './stories.ts'
import { addTellings } from './tellings.ts'

/** Who is in it, what they have, and what became of their people. Each part goes back in time by itself. */
export async function buildDemoNetwork(
  service: Service,
  now: Date,
): Promise<Omit<DemoCredentials, 'baseUrl'>> {
  const networkId = await createNetwork(service, 'Sample Network', now)
  const cast = await gather(service, networkId, now)
  const { at, second, clients } = cast
  const programs = await addPrograms(cast)
  const mentors = await addMentors(cast)
  await addPapers(cast, mentors)
  const course = await teach(at('operator', 150), [dateOf(now, 150), dateOf(now, -580)])
  for (const operator of ['operator', 'otherOperator'] as const)
    await readyClinicians(at(operator, 178), {
      employers: [at('otherClinic', 178), at('clinic', 178)],
      supervisorOrganizationId: clients.networkAdmin.organizationId,
    })
  await bill(at('operator', 150), dateOf(now, 150))
  await learn(cast, mentors, course)
  const blueprintId = await addTellings(at('operator', 40), second('operator', 39), mentors)
  await openDirectory(cast)
  await recognize(cast, mentors)
  await uploadPanel(cast)
  for (const [index, story] of stories.entries()) {
    const thread = await tell(cast, story, { index, mentors, programId: programs[0]?.id ?? '' })
    if (index === storyOfPlan) await walk(cast, thread, blueprintId)
    if (index === storyOfPlacement) await place(cast, thread)
  }
  return { networkId, clients, programs }
}
