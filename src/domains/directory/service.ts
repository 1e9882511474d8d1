import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { networks } from '../organizations/table.ts'
import { type PublicDirectory, PublicDirectoryChanges } from './contract.ts'

const toDirectory = (name: string | null): PublicDirectory => ({
  name,
  path: name === null ? null : `/openreferral/${name}/v3`,
})

async function directoryOf({ db, networkId }: TxCtx): Promise<PublicDirectory> {
  const [network] = await db
    .select({ name: networks.directoryName })
    .from(networks)
    .where(eq(networks.id, networkId))
  return toDirectory(network?.name ?? null)
}

export const getPublicDirectory = action({
  id: 'publicDirectory.get',
  scope: 'organizations:read',
  input: z.strictObject({}),
  run: directoryOf,
})

/** By the network's office. It opens a page on which nobody stands who has not listed themselves. */
export const publishDirectory = action({
  id: 'publicDirectory.publish',
  scope: 'network:write',
  input: PublicDirectoryChanges,
  run: (ctx, { name }) =>
    ctx.acrossOrganizations(async () => {
      await ctx.db.update(networks).set({ directoryName: name }).where(eq(networks.id, ctx.networkId))
      ctx.emit({
        type: name === null ? 'public_directory.closed' : 'public_directory.opened',
        subjectType: 'public_directory',
        // Of a network there is one directory; it has no other id than the network's.
        subjectId: ctx.networkId,
        networkWide: true,
      })
      ctx.touch({ subjectType: 'public_directory', subjectId: ctx.networkId })
      return toDirectory(name)
    }),
})
