import { add, command, item, list, patch, question, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Patient } from '../patients/contract.ts'
import { agree, listAgreements } from './agreements.ts'
import { correctContact, listContacts, listContactVersions, recordContact } from './contacts.ts'
import { Agreement, ClosingVoices, Contact, ContactPage, ContactVersions, Mentorship } from './contract.ts'
import {
  closeMentorship,
  getMentorship,
  getMentorshipPatient,
  listMentorships,
  pauseMentorship,
  recuseMentorship,
  resumeMentorship,
  updateMentorship,
} from './service.ts'
import { getClosingVoices, sayClosingVoice } from './voices.ts'

const tag = 'Mentorships'

export const mentorshipRoutes: readonly Route[] = [
  list('/mentorships', listMentorships, {
    tag,
    summary: 'List the mentorships of your organization’s mentors, newest first',
    answer: pageOf(Mentorship),
  }),
  item('/mentorships/{id}', getMentorship, {
    tag,
    summary: 'Get a mentorship',
    description: 'The referring clinic sees what a consent covers.',
    answer: Mentorship,
  }),
  list('/mentorships/{id}/contacts', listContacts, {
    tag,
    summary: 'The contacts of a mentorship, newest recorded first',
    answer: ContactPage,
  }),
  command('/mentorships/{id}/contacts', recordContact, {
    tag,
    summary: 'Record an attempt or a conversation',
    description:
      'The first attempt puts the referral in progress; each conversation sets the next expected one.',
    answer: Contact,
    status: 201,
    refusals: ['transition_not_allowed'],
    example: {
      request: {
        at: '2026-11-20T18:00:00Z',
        mode: 'phone',
        direction: 'outgoing',
        result: 'two_way',
        minutes: 25,
      },
    },
  }),
  command('/mentorships/{id}/pause', pauseMentorship, {
    tag,
    summary: 'Pause a mentorship',
    description: 'Every pause has a day on which somebody looks again.',
    answer: Mentorship,
    refusals: ['transition_not_allowed'],
    example: { request: { resumeBy: '2026-12-15' } },
  }),
  command('/mentorships/{id}/resume', resumeMentorship, {
    tag,
    summary: 'Go on with a paused mentorship',
    answer: Mentorship,
    refusals: ['transition_not_allowed'],
  }),
  command('/mentorships/{id}/close', closeMentorship, {
    tag,
    summary: 'Close a mentorship',
    description:
      'With the outcome `mentor_unavailable` the referral stays open and somebody must find the next mentor; with any other it closes too.',
    answer: Mentorship,
    refusals: ['transition_not_allowed', 'two_way_contact_required', 'contact_attempts_required'],
    example: { request: { outcome: 'goals_met', nextSupport: 'Sample Recovery Community meetings' } },
  }),
  patch('/mentorships/{id}', updateMentorship, {
    tag,
    summary: 'Change the rhythm, the intensity or the planned end',
    answer: Mentorship,
    refusals: ['transition_not_allowed', 'capacity_full'],
    example: { request: { cadence: 'telephone_weekly_12', intensity: 'high' } },
  }),
  command('/mentorships/{id}/recuse', recuseMentorship, {
    tag,
    summary: 'The mentor steps back, in one call and without a reason',
    description:
      'The mentorship closes, a coordinator has a clock to find the next mentor, and the two are not matched again.',
    answer: Mentorship,
    refusals: ['transition_not_allowed'],
  }),
  item('/mentorships/{id}/patient', getMentorshipPatient, {
    tag,
    summary: 'Whom the mentor is to call',
    description:
      'What a consent covers of the person’s name and contact points. Only while the mentorship lives.',
    answer: Patient,
  }),
  list('/mentorships/{id}/agreements', listAgreements, {
    tag,
    summary: 'What mentor and person agreed, newest first',
    answer: pageOf(Agreement),
  }),
  add('/mentorships/{id}/agreements', agree, {
    tag,
    summary: 'Write down what the two agreed',
    description: 'A new version each time; what was agreed before stays as it was.',
    answer: Agreement,
    status: 201,
    refusals: ['transition_not_allowed'],
    example: {
      request: {
        goals: ['A walk each week'],
        frequency: 'Tuesday evenings',
        modes: ['phone'],
        hours: '17:00 to 20:00',
      },
    },
  }),
  view('/mentorships/{id}/closing-voices', getClosingVoices, {
    tag,
    summary: 'What the two said at the end',
    answer: ClosingVoices,
  }),
  question('/mentorships/{id}/closing-voices', sayClosingVoice, {
    tag,
    summary: 'Say how it was, at the end',
    description:
      'Person and mentor each by their own portal token, or written down by a coordinator. Said again, the later word counts.',
    answer: ClosingVoices,
    refusals: ['transition_not_allowed', 'record_erased'],
    example: { request: { voice: 'patient', feltAccompanied: 'yes', wouldAgain: true } },
  }),
  command('/contacts/{id}/correct', correctContact, {
    tag,
    summary: 'Correct a contact',
    description:
      'Members left out stay as they are. The version before is kept; a contact that never happened is entered in error.',
    answer: Contact,
    refusals: ['transition_not_allowed'],
    example: { request: { result: 'voicemail' } },
  }),
  view('/contacts/{id}/versions', listContactVersions, {
    tag,
    summary: 'What a contact said before it was corrected, newest first',
    answer: ContactVersions,
  }),
]
