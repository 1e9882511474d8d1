import { feed, type Route, stream } from '../../rest/route.ts'
import { Event, EventPage } from './contract.ts'
import { listEvents, streamEvents } from './service.ts'

const tag = 'Events'

export const eventRoutes: readonly Route[] = [
  feed('/events', listEvents, {
    tag,
    summary: 'What happened, in order',
    description:
      'The log of the network, as far as your organization may know it at this moment: its own events, those that the directory shows to everybody, and those that tell of another organization’s person while a consent permits it. Numbers are given in the order of commits and without gaps, so none is passed over; those that you do not see are not yours. Go on with `after`, and with `wait` to be answered as soon as something happens.',
    answer: EventPage,
    refusals: ['events_no_longer_kept'],
  }),
  stream('/events/stream', streamEvents, {
    tag,
    summary: 'What happens, as it happens',
    description:
      'Server-sent events. The `id` of each is its `sequence`: a client that comes again sends the last one as `Last-Event-ID` and misses nothing. An `id` without data moves you past events that are not yours. The stream says `: heartbeat` when it is quiet, and ends when the token expires. Every event is decided on at the moment in which it is sent.',
    answer: Event,
    refusals: ['invalid_cursor', 'events_no_longer_kept', 'too_many_streams'],
  }),
]
