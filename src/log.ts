import type { FastifyRequest, FastifyServerOptions } from 'fastify'
import { pino } from 'pino'
import type { Ctx } from './core/context.ts'
import { Id } from './core/id.ts'
import { faultOf } from './jobs/fault.ts'
import { addressOf } from './plugins/address.ts'

/**
 * Standard output, some lines at a time: to write each line by itself costs a request as much as to check its token. The
 * last quarter of a second is written when the process ends, and lost only where it is killed outright.
 */
export const logLines = () => pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 250 })

/**
 * What a log line may say of a request and of an error. A query names people (`?identifier=`), a path may hold what
 * somebody typed in place of an id, and the database quotes values in what it says: none of it is written down.
 */
export const loggerOptions = (level: string) =>
  ({
    level,
    serializers: {
      req: (request: FastifyRequest) => ({
        method: request.method,
        path: pathOf(request),
        remoteAddress: addressOf(request),
        ...callOf(request),
      }),
      // The line of its end, since nobody knows whose a request is when it arrives.
      res: ({ statusCode, request }) => ({ statusCode, ...(request && callOf(request)) }),
      err: (error: unknown) => {
        const { name: type, stack, ...fault } = faultOf(error)
        return { type, ...fault, stack: stack.join('\n') }
      },
    },
  }) satisfies FastifyServerOptions['logger']

/** Which of the routes was called, as it is written, and by which client, from when its token has been read. */
const callOf = ({ routeOptions, ctx }: FastifyRequest) => ({
  route: routeOptions?.url,
  clientId: (ctx as Ctx | undefined)?.clientId,
})

function pathOf({ routeOptions, params }: FastifyRequest): string {
  const given = (params ?? {}) as Readonly<Record<string, unknown>>
  return (routeOptions?.url ?? '(none)').replace(/:(\w+)/g, (whole, name: string) => {
    const id = Id.safeParse(given[name])
    return id.success ? id.data : whole
  })
}
