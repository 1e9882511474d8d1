import { z } from 'zod'

/** What a learner is by trade; who reports credits to an accreditor asks for it. */
export const professions = [
  'peer_specialist',
  'counselor',
  'social_worker',
  'psychologist',
  'nurse',
  'nurse_practitioner',
  'physician_assistant',
  'physician',
  'pharmacist',
  'student',
  'other',
] as const
export const Profession = z.enum(professions)
