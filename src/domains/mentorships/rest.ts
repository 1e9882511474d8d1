import { command, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { listContacts, recordContact } from './contacts.ts'
import { ContactPage, ContactRecorded, Mentorship } from './contract.ts'
import {
  closeMentorship,
  getMentorship,
  listMentorships,
  pauseMentorship,
  resumeMentorship,
} from './service.ts'

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
    answer: ContactRecorded,
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
]
