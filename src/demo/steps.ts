import type { Ctx } from '../core/context.ts'
import { declareConflict } from '../domains/conflicts/service.ts'
import { setMentorStatus } from '../domains/mentors/service.ts'
import { agree } from '../domains/mentorships/agreements.ts'
import { correctContact, recordContact } from '../domains/mentorships/contacts.ts'
import { pauseMentorship, recuseMentorship } from '../domains/mentorships/service.ts'
import { sayClosingVoice } from '../domains/mentorships/voices.ts'
import { acceptOffer, createOffer, declineOffer } from '../domains/offers/service.ts'
import { chooseMentor, makeShortlist } from '../domains/offers/shortlist.ts'
import {
  acceptReferral,
  cancelReferral,
  completeReferral,
  holdReferral,
  rejectReferral,
  waitlistReferral,
} from '../domains/referrals/commands.ts'
import { createReferral } from '../domains/referrals/service.ts'
import { type Cast, dateOf } from './cast.ts'
import { consentOf, samplePatient } from './people.ts'
import type { Step, Story } from './stories.ts'

interface Setting {
  /** Of the story, and of its patient. */
  readonly index: number
  readonly programId: string
  readonly mentors: readonly string[]
}

/** One referral, from its request to where it is today. */
export async function tell(
  cast: Cast,
  story: Story,
  { index, programId, mentors }: Setting,
): Promise<Thread> {
  const clinic = cast.at(story.by, story.requested)
  const patient = samplePatient(index)
  const { id, patientId } = await createReferral(clinic, {
    placerId: `SAMPLE-ORDER-${index + 1}`,
    patient,
    programId,
    reason: ['transition_of_care'],
    priority: story.priority ?? 'routine',
    preferences: { substances: [index % 2 === 0 ? 'alcohol' : 'opioids'], availability: ['weekday_evening'] },
    consent: consentOf(patient.name, clinic.now),
  })
  const thread: Thread = { referralId: id, patientId, patientName: patient.name, mentors }
  for (const step of story.steps) await take(cast, story, thread, step)
  return thread
}

/** What the steps of one referral hand on to one another, and to what is told of its person afterwards. */
export interface Thread {
  readonly referralId: string
  readonly patientId: string
  readonly patientName: string
  readonly mentors: readonly string[]
  offerId?: string
  mentorshipId?: string | null
  /** The mentor who accompanies the person by now. */
  companionId?: string
  contactId?: string
}

async function start(operator: Ctx, thread: Thread) {
  const { mentorshipId, mentorId } = await acceptOffer(operator, { id: thread.offerId })
  thread.mentorshipId = mentorshipId
  thread.companionId = mentorId
}

async function take(cast: Cast, story: Story, thread: Thread, step: Step) {
  const operator = cast.at('operator', step.day)
  const { referralId: id, mentors, mentorshipId } = thread
  const inTwoWeeks = dateOf(operator.now, -14)
  switch (step.do) {
    case 'accept':
      return acceptReferral(operator, { id })
    case 'offer':
      thread.offerId = (
        await createOffer(operator, {
          id,
          mentorId: mentors[step.mentor],
          ...(step.handOver && { handOver: true }),
        })
      ).id
      return undefined
    case 'auto_offer':
      thread.offerId = (await createOffer(operator, { id, auto: true })).id
      return undefined
    case 'decline':
      return declineOffer(operator, { id: thread.offerId })
    case 'shortlist':
      return makeShortlist(operator, { id, mentorIds: step.mentors.map((number) => mentors[number]) })
    case 'choose':
      thread.offerId = (await chooseMentor(operator, { id, mentorId: mentors[step.mentor] })).id
      return undefined
    case 'start':
      return start(operator, thread)
    case 'contact':
      thread.contactId = (
        await recordContact(operator, {
          id: mentorshipId,
          at: operator.now.toISOString(),
          mode: 'phone',
          result: step.result,
          ...(step.introduces !== undefined && { introducesMentorId: mentors[step.introduces] }),
        })
      ).id
      return undefined
    case 'correct':
      return correctContact(operator, { id: thread.contactId, result: step.result })
    case 'agree':
      return agree(operator, {
        id: mentorshipId,
        goals: ['Sample: a walk each week', 'Sample: call before the weekend'],
        frequency: 'Twice a week at first',
        modes: ['phone'],
        hours: 'Weekday evenings',
        signedByMentorAt: operator.now.toISOString(),
        signedByPatientAt: operator.now.toISOString(),
      })
    case 'mentor_pauses':
      return setMentorStatus(operator, {
        id: mentors[step.mentor],
        status: 'paused',
        pauseReason: 'wellbeing',
        pausedUntil: dateOf(cast.now, -30),
      })
    case 'recuse':
      return recuseMentorship(operator, { id: mentorshipId })
    case 'pause':
      return pauseMentorship(operator, { id: mentorshipId, resumeBy: inTwoWeeks })
    case 'hold':
      return holdReferral(operator, { id, reason: 'in_hospital_or_residential', resumeBy: inTwoWeeks })
    case 'waitlist':
      return waitlistReferral(operator, { id, reviewBy: inTwoWeeks })
    case 'declare':
      return declareConflict(operator, {
        id: mentors[step.mentor],
        patientId: thread.patientId,
        kind: step.kind,
      })
    case 'complete':
      return completeReferral(operator, {
        id,
        outcome: 'goals_met',
        nextSupport: 'Sample Recovery Community meetings',
      })
    case 'closing_voices':
      await sayClosingVoice(operator, {
        id: mentorshipId,
        voice: 'patient',
        feltAccompanied: 'yes',
        wouldAgain: true,
        text: 'Sample: somebody called when they said they would.',
      })
      return sayClosingVoice(operator, { id: mentorshipId, voice: 'mentor', wouldAgain: true })
    case 'reject':
      return rejectReferral(operator, { id, reason: 'no_capacity' })
    case 'cancel':
      return cancelReferral(cast.at(story.by, step.day), { id, reason: 'person_declined' })
  }
}
