import type { Ctx } from '../core/context.ts'
import { accredit, createCourse, draftVersion, publishVersion } from '../domains/courses/service.ts'

/** What a course gives to those who take it: its published version, and what accredited it. */
export interface Taught {
  readonly versionId: string
  readonly accreditationId: string
}

/** One course that the operator teaches, with what it may award for it. */
export async function teach(
  operator: Ctx,
  [effectiveFrom, effectiveTo]: readonly [string, string],
): Promise<Taught> {
  const course = await createCourse(operator, {
    code: 'sample_core_training',
    title: 'Sample Core Training for Peers',
    audience: ['peer_specialist'],
  })
  const { id } = await draftVersion(operator, {
    id: course.id,
    label: '2026.1',
    objectives: ['Tell mentoring from treatment', 'Know what 42 CFR Part 2 asks of a mentor'],
    validMonths: 24,
    modules: [
      { code: 'boundaries', title: 'Boundaries and dual relationships', kind: 'live', minutes: 120 },
      { code: 'privacy', title: 'Privacy under 42 CFR Part 2', kind: 'reading', minutes: 60 },
      { code: 'final_quiz', title: 'Final quiz', kind: 'quiz', passMark: 80 },
    ],
  })
  await publishVersion(operator, { id })
  const accreditation = await accredit(operator, {
    id,
    body: 'Sample Accrediting Council',
    providerNumber: 'SAMPLE-1',
    creditType: 'sample_ce',
    creditsMax: '3.00',
    topics: [{ topic: 'ethics', credits: '2.00' }],
    effectiveFrom,
    effectiveTo,
  })
  return { versionId: id, accreditationId: accreditation.id }
}
