import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, type Issue, toFault } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { parseInput } from '../../core/input.ts'
import { NewMentor } from './contract.ts'
import { refreshEligibility } from './eligibility.ts'
import { type ColumnType, type ImportLine, readCsv, readNdjson } from './import-lines.ts'
import { insertMentors, refuseUnknownOrganizations } from './intake.ts'

/** More than fits into a body of 256 KiB anyway: a bound on the answer, not on the mentors. */
const linesMax = 2_000

const columns: Readonly<Record<keyof NewMentor, ColumnType>> = {
  displayName: 'text',
  type: 'text',
  languages: 'list',
  modes: 'list',
  substances: 'list',
  pathways: 'list',
  experienceStatement: 'text',
  recoveryBand: 'text',
  lifeSituations: 'list',
  interests: 'list',
  demographics: 'json',
  timeZone: 'text',
  postalCode: 'text',
  availability: 'list',
  capacity: 'number',
  serviceArea: 'list',
  mustNot: 'json',
  boundaries: 'text',
  employerIds: 'list',
  practitionerReferences: 'list',
  supervisorName: 'text',
  supervisorOrganizationId: 'text',
  supervisorHasPeerBackground: 'boolean',
  releases: 'json',
}

export const ImportMentors = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true` reads and judges every line and stores nothing.'),
  format: z.enum(['csv', 'ndjson']),
  body: z.string().max(256 * 1024),
})

const LineReport = z.object({
  line: z.int32().describe('As an editor numbers it.'),
  status: z.enum(['created', 'valid', 'refused']),
  mentorId: Id.optional(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
})
type LineReport = z.output<typeof LineReport>

export const ImportReport = z
  .object({
    dryRun: z.boolean(),
    accepted: z.int32(),
    refused: z.int32(),
    lines: z.array(LineReport),
  })
  .meta({ id: 'ImportReport', description: 'Line by line: what was created, and what was refused and why.' })

type Judged = { readonly line: number } & (
  | { readonly mentor: NewMentor }
  | { readonly faults: readonly Issue[] }
)

/** Good lines are created and bad ones are not; the report says which. */
export const importMentors = action({
  id: 'mentors.import',
  scope: 'mentors:write',
  input: ImportMentors,
  run: async (ctx, { dryRun, format, body }) => {
    const lines = format === 'csv' ? readCsv(body, { columns, linesMax }) : readNdjson(body, { linesMax })
    const judged: Judged[] = []
    for (const line of lines) judged.push(await judge(ctx, line))
    const good = judged.flatMap((line) => ('mentor' in line ? [line.mentor] : []))
    const created = dryRun === 'true' || good.length === 0 ? [] : await insertMentors(ctx, good)
    if (created.length > 0) ctx.write(refreshEligibility(ctx, { organizationId: ctx.organizationId }))
    for (const { id } of created) {
      ctx.emit({
        type: 'mentor.created',
        subjectType: 'mentor',
        subjectId: id,
        codes: { status: 'applicant' },
      })
      ctx.touch({ subjectType: 'mentor', subjectId: id })
    }
    const ids = created.map(({ id }) => id)[Symbol.iterator]()
    return {
      dryRun: dryRun === 'true',
      accepted: good.length,
      refused: judged.length - good.length,
      lines: judged.map((line): LineReport => report(line, () => ids.next().value)),
    }
  },
})

async function judge(ctx: TxCtx, read: ImportLine): Promise<Judged> {
  if ('faults' in read) return read
  try {
    const mentor = parseInput(NewMentor, read.value)
    if (mentor.employerIds.length > 0 || mentor.supervisorOrganizationId)
      await refuseUnknownOrganizations(ctx, mentor)
    return { line: read.line, mentor }
  } catch (error) {
    if (error instanceof AppError && error.issues.length > 0) return { line: read.line, faults: error.issues }
    throw error
  }
}

function report(judged: Judged, nextId: () => string | undefined): LineReport {
  const { line } = judged
  if ('faults' in judged) return { line, status: 'refused', errors: judged.faults.map(toFault) }
  const mentorId = nextId()
  return mentorId === undefined ? { line, status: 'valid' } : { line, status: 'created', mentorId }
}
