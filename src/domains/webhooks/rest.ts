import { command, create, item, list, order, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import {
  deleteWebhookEndpoint,
  disableWebhookEndpoint,
  enableWebhookEndpoint,
  listWebhookDeliveries,
  replayWebhookEvents,
  testWebhookEndpoint,
} from './commands.ts'
import { WebhookDelivery, WebhookEndpoint, WebhookEndpointWithSecret, WebhookReplay } from './contract.ts'
import {
  createWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  rotateWebhookSecret,
  updateWebhookEndpoint,
} from './service.ts'

const tag = 'Webhooks'
const refusals = ['transition_not_allowed'] as const

export const webhookRoutes: readonly Route[] = [
  list('/webhook-endpoints', listWebhookEndpoints, {
    tag,
    summary: 'The webhook endpoints of your organization, newest first',
    answer: pageOf(WebhookEndpoint),
  }),
  create('/webhook-endpoints', createWebhookEndpoint, {
    tag,
    summary: 'Be told of events',
    description:
      'First a signed `webhook_endpoint.verification` is sent; until it is answered with 2xx (and, where the operator asks for it, with its `challenge`) events wait. Then each event of these types arrives as ids and codes, signed by Standard Webhooks, at least once, those of one referral in order. What is about another organization’s person is decided on at each attempt.',
    answer: WebhookEndpointWithSecret,
    example: {
      request: {
        url: 'https://hooks.clinic.example/alongside',
        types: ['referral.*', 'engagement.changed'],
      },
    },
  }),
  item('/webhook-endpoints/{id}', getWebhookEndpoint, {
    tag,
    summary: 'Get a webhook endpoint, and how it is',
    answer: WebhookEndpoint,
  }),
  patch('/webhook-endpoints/{id}', updateWebhookEndpoint, {
    tag,
    summary: 'Change the URL or the types of a webhook endpoint',
    description: 'Types hold for what happens from now on.',
    answer: WebhookEndpoint,
    example: { request: { types: ['referral.*', 'consent.*'] } },
  }),
  command('/webhook-endpoints/{id}/rotate-secret', rotateWebhookSecret, {
    tag,
    summary: 'Give a webhook endpoint a new secret',
    description:
      'Messages carry a signature of each secret that is good: the ones before stay so for `overlapSeconds`.',
    answer: WebhookEndpointWithSecret,
    example: { request: { overlapSeconds: 3600 } },
  }),
  order('/webhook-endpoints/{id}/test', testWebhookEndpoint, {
    tag,
    summary: 'Send a test message to a webhook endpoint',
    description:
      'A signed `webhook_endpoint.test`. How it went stands in the deliveries, some moments later.',
    answer: WebhookDelivery,
    refusals,
  }),
  order('/webhook-endpoints/{id}/replay', replayWebhookEvents, {
    tag,
    summary: 'Send one event or a range of them once more',
    description:
      'What of it is yours to know at that moment, and of the types of the endpoint. A `webhook-id` is the same as the first time, so a receiver that has had it can tell.',
    answer: WebhookReplay,
    refusals: [...refusals, 'events_no_longer_kept'],
    example: { request: { from: 4711, to: 4720 } },
  }),
  command('/webhook-endpoints/{id}/disable', disableWebhookEndpoint, {
    tag,
    summary: 'Send nothing more to a webhook endpoint',
    description: 'What waits for it is not sent any more; replay it after enabling the endpoint.',
    answer: WebhookEndpoint,
    refusals,
  }),
  command('/webhook-endpoints/{id}/enable', enableWebhookEndpoint, {
    tag,
    summary: 'Send to a disabled webhook endpoint again',
    description:
      'It is verified anew first. What happened in between is not sent by itself: replay it, or read it from the feed.',
    answer: WebhookEndpoint,
    refusals,
  }),
  command('/webhook-endpoints/{id}/delete', deleteWebhookEndpoint, {
    tag,
    summary: 'Delete a webhook endpoint',
    answer: WebhookEndpoint,
  }),
  list('/webhook-endpoints/{id}/deliveries', listWebhookDeliveries, {
    tag,
    summary: 'What was sent to a webhook endpoint and how that went, newest first',
    answer: pageOf(WebhookDelivery),
  }),
]
