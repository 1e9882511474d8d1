import { command, create, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Program } from './contract.ts'
import { createProgram, getProgram, listPrograms, reportCapacity, updateProgram } from './service.ts'

const tag = 'Programs'

export const programRoutes: readonly Route[] = [
  list('/programs', listPrograms, {
    tag,
    summary: 'List the mentorship programs of the network, newest first',
    answer: pageOf(Program),
  }),
  create('/programs', createProgram, {
    tag,
    summary: 'Add a program to your organization',
    answer: Program,
    refusals: ['natural_key_taken'],
    example: { request: { name: 'Sample Peer Line', modes: ['phone', 'video'], languages: ['en', 'es'] } },
  }),
  item('/programs/{id}', getProgram, { tag, summary: 'Get a program', answer: Program }),
  patch('/programs/{id}', updateProgram, {
    tag,
    summary: 'Change a program of your organization',
    answer: Program,
    refusals: ['natural_key_taken'],
    example: { request: { status: 'paused' } },
  }),
  command('/programs/{id}/capacity', reportCapacity, {
    tag,
    summary: 'Say how much room a program of your organization has',
    description:
      'A referral without a program goes where room was reported lately. A report that has run out counts as unknown.',
    answer: Program,
    example: { request: { status: 'capacity', openSlots: 4, freshForHours: 72 } },
  }),
]
