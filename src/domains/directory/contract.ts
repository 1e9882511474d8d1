import { z } from 'zod'

export const PublicDirectory = z
  .object({
    name: z.string().nullable().describe('Null: the network has no public directory.'),
    path: z.string().nullable().describe('The base of its Open Referral API.'),
  })
  .meta({ id: 'PublicDirectory', description: 'Whether the network shows itself to the public, and where.' })
export type PublicDirectory = z.output<typeof PublicDirectory>

export const PublicDirectoryChanges = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,62}$/, 'Expected lower-case letters, digits and hyphens')
    .nullable()
    .describe('Stands in the address: unique in the deployment. Null takes the directory down at once.')
    .meta({ example: 'sample-network' }),
})
