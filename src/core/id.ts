import { V7Generator } from 'uuidv7'
import { z } from 'zod'

/** Ids are UUIDv7 (RFC 9562): unguessable enough to appear in URLs, and in creation order. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'Expected a UUID')
  .meta({
    id: 'Id',
    description: 'A UUIDv7 made by the service.',
    format: 'uuid',
    example: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
  })

const generator = new V7Generator()

/**
 * Ids made for the same instant still sort in the order they were made, so "newest first" by id never
 * shuffles a burst. When `now` goes back (the demo writes its own past) the generator follows.
 */
export function newId(now: Date): string {
  return generator.generateOrResetCore(now.getTime(), 10_000).toString()
}
