import { Controller, Get, Headers, Query } from '@nestjs/common'
import { Prisma } from './prisma.service.js'
import { auditRow, callerOf, networkId, toEvent } from './shared.js'

@Controller('v1/events')
export class EventsController {
  constructor(private readonly prisma: Prisma) {}

  @Get()
  async list(@Headers() headers, @Query('after') after: string, @Query('limit') limit: string) {
    const who = callerOf(headers, networkId)
    const rows = await this.prisma.events.findMany({
      where: {
        network_id: networkId,
        sequence: { gt: BigInt(after) },
        OR: [{ network_wide: true }, { organization_id: who.organizationId }, { reader_ids: { has: who.organizationId } }],
      },
      orderBy: { sequence: 'asc' },
      take: Number(limit),
    })
    const told = [...new Map(rows.map((row) => [row.subject_id, row])).values()]
    if (told.length > 0)
      await this.prisma.audit_events.createMany({
        data: told.map((row) => auditRow(who, 'events.list', { type: row.subject_type, id: row.subject_id, patientId: row.patient_id })),
      })
    return { data: rows.map(toEvent), nextCursor: rows.at(-1)?.id ?? null, through: Number(rows.at(-1)?.sequence ?? after) }
  }
}
