import { AsyncLocalStorage } from 'node:async_hooks'
import type { TracingChannel, TracingChannelSubscribers } from 'node:diagnostics_channel'
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TracingProtocol } from '../config.ts'
import { type Acted, acting, type Stated, stating, type Worked, working } from '../core/watched.ts'
import { statementName } from './statement-name.ts'

export interface Tracing {
  /** A span for each request of this app, and the context for what it makes others do. */
  readonly follow: (app: FastifyInstance) => void
  /** Sends what is left. */
  readonly stop: () => Promise<void>
}

/** What is under way, by the span that it belongs to; it goes along with every promise. */
const under = new AsyncLocalStorage<Context>()
const active = () => under.getStore() ?? ROOT_CONTEXT

declare module 'fastify' {
  interface FastifyRequest {
    traced: Context | undefined
  }
}

/**
 * Spans of requests, actions, jobs and statements (OpenTelemetry). They are made here, of what the code tells on its own
 * channels, and not by instrumentations that look into requests and statements: those write down addresses, queries and
 * what stands in them. A span says a route as it is written, an action, a status, the first words of a statement.
 */
export async function startTracing({ protocol }: { readonly protocol: TracingProtocol }): Promise<Tracing> {
  const exporter = await openExporter(protocol)
  const provider = new BasicTracerProvider({
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what we say.
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'alongside' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('alongside')
  const off = [
    spanFor<Acted>(tracer, acting, ({ action }) => ({ name: action, attributes: {} })),
    spanFor<Worked>(tracer, working, ({ job }) => ({ name: `job ${job}`, attributes: {}, isRoot: true })),
    spanFor<Stated>(tracer, stating, ({ text }) => {
      const name = statementName(text)
      return {
        name,
        kind: SpanKind.CLIENT,
        attributes: { 'db.system.name': 'postgresql', 'db.query.summary': name },
      }
    }),
  ]
  return {
    follow: (app) => followRequests(app, tracer),
    stop: async () => {
      for (const stop of off) stop()
      // A collector that is away does not keep the process from ending.
      await provider.shutdown().catch(() => {})
    },
  }
}

async function openExporter(protocol: TracingProtocol): Promise<SpanExporter> {
  if (protocol === 'http/json') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
    return new OTLPTraceExporter()
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto')
  return new OTLPTraceExporter()
}

interface Told {
  readonly name: string
  readonly attributes: Attributes
  readonly kind?: SpanKind
  /** It begins a trace; all else is told only within one. */
  readonly isRoot?: boolean
}

function spanFor<Message extends object>(
  tracer: Tracer,
  channel: TracingChannel<Message, Message>,
  tell: (message: Message) => Told,
): () => void {
  const spans = new WeakMap<Message, Span>()
  // The types take it for a store of messages; what it keeps is what the function makes of one.
  const store = under as unknown as AsyncLocalStorage<Message>
  channel.start.bindStore(store, ((message: Message) => {
    const { name, isRoot, ...options } = tell(message)
    const parent = active()
    if (!isRoot && !trace.getSpan(parent)) return parent
    const span = tracer.startSpan(name, options, parent)
    spans.set(message, span)
    return trace.setSpan(parent, span)
  }) as never)
  const end = (message: Message) => {
    const span = spans.get(message)
    if (!span) return
    const { outcome } = message as { outcome?: string }
    if (outcome !== undefined) span.setAttribute('alongside.outcome', outcome)
    // That it failed, and never what was said: the database quotes values.
    if ('error' in message && (outcome === undefined || outcome === 'internal_error'))
      span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  }
  const nothing = () => {}
  const subscribers: TracingChannelSubscribers<Message> = {
    ...{ start: nothing, end: nothing, error: nothing, asyncStart: nothing },
    asyncEnd: end as never,
  }
  channel.subscribe(subscribers)
  return () => {
    channel.start.unbindStore(store)
    channel.unsubscribe(subscribers)
  }
}

/** `traceparent` is taken from the caller, and nothing else: baggage may hold anything. */
const propagator = new W3CTraceContextPropagator()

function followRequests(app: FastifyInstance, tracer: Tracer) {
  app.decorateRequest('traced', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url
    // Asked every few seconds by machines.
    if (route?.startsWith('/health/')) return done()
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)
    const span = tracer.startSpan(
      `${request.method} ${route ?? '(none)'}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, ...(route && { 'http.route': route }) },
      },
      parent,
    )
    request.traced = trace.setSpan(parent, span)
    under.run(request.traced, done)
  })
  // Reading a body goes through the events of a socket, which know of no request.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.traced) under.run(request.traced, done)
    else done()
  })
  app.addHook('onResponse', async (request, reply) => endRequest(request, reply))
}

function endRequest({ traced }: FastifyRequest, { statusCode }: FastifyReply) {
  const span = traced && trace.getSpan(traced)
  if (!span) return
  span.setAttribute('http.response.status_code', statusCode)
  if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
