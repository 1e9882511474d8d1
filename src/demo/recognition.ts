import { createHash } from 'node:crypto'
import { confirmAccreditation, recordAccreditation } from '../domains/accreditations/service.ts'
import { evaluateRecognition, publishScheme } from '../domains/recognition/commands.ts'
import { consentToRecognition } from '../domains/recognition-consents/service.ts'
import { type Cast, dateOf } from './cast.ts'

const accreditation = 'sample_peer_standards'
/** The mentor who agreed to be recognized where anybody can read it. */
const recognized = 0

/** Evidence from outside that the office has seen; an organization, and a mentor of it, measured by schemes of the office. */
export async function recognize(cast: Cast, mentors: readonly string[]): Promise<void> {
  await accreditOperator(cast)
  await recognizeOperator(cast)
  await recognizeMentor(cast, mentors[recognized] ?? '')
}

async function accreditOperator({ at, now }: Cast): Promise<void> {
  const { id } = await recordAccreditation(at('operator', 30), {
    code: accreditation,
    level: 'Sample level',
    issuer: 'Sample Accreditation Council',
    fromOn: dateOf(now, 90),
    untilOn: dateOf(now, -640),
    documentSha256: `sha256:${createHash('sha256').update('Sample document').digest('hex')}`,
    public: true,
  })
  await confirmAccreditation(at('networkAdmin', 25), { id })
}

async function recognizeOperator({ at }: Cast): Promise<void> {
  const { id } = await publishScheme(at('networkAdmin', 10), {
    code: 'mentorship_ready',
    name: 'Sample: Mentorship-ready',
    description: 'Sample: papers of the mentors are in order, and others have looked at the organization.',
    subject: 'organization',
    validMonths: 12,
    rules: [
      { fact: 'papers_current', comparison: 'at_least', threshold: 0.5 },
      { fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation },
    ],
  })
  await evaluateRecognition(at('operator', 2), { id })
}

/** No mentor is measured before they said, with their own token, that it may be public. */
async function recognizeMentor({ at }: Cast, mentorId: string): Promise<void> {
  const { id } = await publishScheme(at('networkAdmin', 10), {
    code: 'mentor_accompanied',
    name: 'Sample: Accompanied mentor',
    description: 'Sample: this mentor’s papers are in order, and their supervision is kept.',
    subject: 'mentor',
    validMonths: 12,
    rules: [
      { fact: 'own_papers_current', comparison: 'at_least', threshold: 1 },
      { fact: 'own_supervision_kept', comparison: 'at_least', threshold: 1 },
    ],
  })
  await consentToRecognition(at('operator', 3, { type: 'mentor', id: mentorId }), { id: mentorId })
  await evaluateRecognition(at('operator', 2), { id, mentorId })
}
