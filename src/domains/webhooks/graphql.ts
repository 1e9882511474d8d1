import type { Graph } from '../../graphql/graph.ts'
import {
  attemptErrors,
  deliveryKinds,
  deliveryReasons,
  deliveryStatuses,
  disabledReasons,
  endpointStatuses,
  listedStatuses,
} from './codes.ts'
import {
  deleteWebhookEndpoint,
  disableWebhookEndpoint,
  enableWebhookEndpoint,
  listWebhookDeliveries,
  replayWebhookEvents,
  testWebhookEndpoint,
} from './commands.ts'
import { deliveriesOfEndpoints } from './many.ts'
import {
  createWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  rotateWebhookSecret,
  updateWebhookEndpoint,
} from './service.ts'

export const webhookGraph: Graph = {
  entities: { WebhookEndpoint: { one: getWebhookEndpoint } },
  queries: { webhookEndpoint: getWebhookEndpoint, webhookEndpoints: listWebhookEndpoints },
  mutations: {
    createWebhookEndpoint,
    updateWebhookEndpoint,
    rotateWebhookSecret,
    testWebhookEndpoint,
    replayWebhookEvents,
    disableWebhookEndpoint,
    enableWebhookEndpoint,
    deleteWebhookEndpoint,
  },
  fields: {
    WebhookEndpoint: { deliveries: { action: listWebhookDeliveries, each: deliveriesOfEndpoints } },
  },
  enums: {
    WebhookEndpointStatus: endpointStatuses,
    ListedWebhookEndpointStatus: listedStatuses,
    WebhookDisabledReason: disabledReasons,
    WebhookDeliveryKind: deliveryKinds,
    WebhookDeliveryStatus: deliveryStatuses,
    WebhookDeliveryReason: deliveryReasons,
    WebhookAttemptError: attemptErrors,
  },
}
