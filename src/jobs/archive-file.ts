import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { LeavingEvent, LeavingRange } from '../domains/events/leaving.ts'

const compress = promisify(gzip)

/** So that names sort as numbers do. */
const padded = (sequence: number) => String(sequence).padStart(15, '0')

/**
 * Writes one range of one network's log as lines of JSON, and beside it its digest as `sha256sum -c` reads it. When it
 * returns the disk has both: only then may the rows go. The same range gives the same bytes, so that writing it again
 * after a crash changes nothing.
 */
export async function writeArchive(
  folder: string,
  networkId: string,
  { first, last }: LeavingRange,
  rows: readonly LeavingEvent[],
): Promise<string> {
  const bytes = await compress(Buffer.from(rows.map(toLine).join('')))
  const digest = createHash('sha256').update(bytes).digest('hex')
  const home = join(folder, networkId)
  const name = `${padded(first)}-${padded(last)}.ndjson.gz`
  // Who read which person's events stands in it, by ids: for the user of the service alone.
  await mkdir(home, { recursive: true, mode: 0o700 })
  await put(home, name, bytes)
  await put(home, `${name}.sha256`, Buffer.from(`${digest}  ${name}\n`))
  // The names are entries of the folder, and the folder's own is one of its parent.
  for (const path of [home, folder]) await syncFolder(path)
  return digest
}

/** Under a name of its own first: a file with the right name is whole, or it is not there. */
async function put(home: string, name: string, bytes: Buffer) {
  const draft = join(home, `.${name}.${randomBytes(6).toString('hex')}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, join(home, name))
}

async function syncFolder(path: string) {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Everything that the log had of it: ids and codes, and who could read it. */
function toLine(event: LeavingEvent): string {
  return `${JSON.stringify({
    sequence: event.sequence,
    id: event.id,
    type: event.type,
    occurredAt: event.occurredAt.toISOString(),
    organizationId: event.organizationId,
    readerIds: event.readerIds,
    networkWide: event.networkWide,
    subject: { type: event.subjectType, id: event.subjectId },
    codes: event.codes,
    patientId: event.patientId,
    holderId: event.holderId,
    actorClientId: event.actorClientId,
  })}\n`
}
