import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common'
import { Prisma } from './prisma.service.js'
import { callerOf, disclosed, networkId, rowsOfNewReferral, scoreOf, toCandidates, toEngagementAnswer, toReferral } from './shared.js'

const around = { receiver: true, program: true, clock: true, consent: true }

@Controller('v1/referrals')
export class ReferralsController {
  constructor(private readonly prisma: Prisma) {}

  @Post()
  async create(@Headers() headers, @Body() body) {
    const { prisma } = this
    const who = callerOf(headers, networkId)
    const key = headers['idempotency-key']
    const own = { network_id: networkId, organization_id: who.organizationId }
    const [, , program] = await Promise.all([
      prisma.idempotency_answers.findFirst({ where: { network_id: networkId, client_id: who.clientId, action: 'referrals.create', key } }),
      prisma.referrals.findFirst({ where: { ...own, placer_id: body.placerId } }),
      prisma.programs.findUnique({ where: { network_id_id: { network_id: networkId, id: body.programId } }, include: { organization: true } }),
      prisma.patient_identifiers.findFirst({ where: { ...own, system: body.patient.identifier.system, value: body.patient.identifier.value }, include: { patient: true } }),
    ])
    const { rows, referral, clock, keptAnswer } = rowsOfNewReferral(who, body, program, key)
    const answer = toReferral(referral, clock)
    await prisma.$transaction([
      prisma.patients.createMany({ data: rows.patients }),
      prisma.patient_identifiers.createMany({ data: rows.patient_identifiers }),
      prisma.consents.createMany({ data: rows.consents }),
      prisma.consent_parties.createMany({ data: rows.consent_parties }),
      prisma.clocks.createMany({ data: rows.clocks }),
      prisma.referrals.createMany({ data: rows.referrals }),
      prisma.referral_transitions.createMany({ data: rows.referral_transitions }),
      prisma.engagement_states.createMany({ data: rows.engagement_states }),
      prisma.events.createMany({ data: rows.events }),
      prisma.audit_events.createMany({ data: rows.audit_events }),
      prisma.idempotency_answers.createMany({ data: [keptAnswer(answer)] }),
    ])
    return answer
  }

  @Get(':id/engagement')
  async engagement(@Headers() headers, @Param('id') id: string) {
    const who = callerOf(headers, networkId)
    const [row, followers, rules] = await Promise.all([
      this.prisma.referrals.findUniqueOrThrow({
        where: { network_id_id: { network_id: networkId, id } },
        include: {
          ...around,
          mentorships: {
            orderBy: [{ started_at: 'asc' }, { id: 'asc' }],
            include: {
              contacts: { where: { entered_in_error: false }, orderBy: { at: 'asc' }, select: { at: true, result: true, mentorship_id: true } },
              pauses: { orderBy: { began_at: 'asc' }, select: { mentorship_id: true, began_at: true, ended_at: true } },
            },
          },
          transitions: { where: { OR: [{ status: 'on_hold' }, { from_status: 'on_hold' }] }, orderBy: { id: 'asc' }, select: { at: true, status: true } },
        },
      }),
      this.prisma.referrals.count({ where: { network_id: networkId, replaces_id: id } }),
      this.prisma.engagement_rule_sets.findFirst({ where: { network_id: networkId, active: true } }),
    ])
    const part = disclosed(who, 'engagement', row, row.receiving_organization_id, 'long')
    const answer = toEngagementAnswer({
      row,
      clock: row.clock,
      mentorships: row.mentorships.map((one) => ({ ...one, next_support_named: one.next_support !== null || 'nextSupport' in (one.sealed as object), followed: followers > 0 })),
      contacts: row.mentorships.flatMap(({ contacts }) => contacts),
      pauses: row.mentorships.flatMap(({ pauses }) => pauses),
      turns: row.transitions,
      rules,
      now: who.now,
      disclosure: part.disclosure,
    })
    await this.write([part])
    return answer
  }

  @Get(':id/candidates')
  async candidates(@Headers() headers, @Param('id') id: string, @Query('limit') limit: string) {
    const who = callerOf(headers, networkId)
    const row = await this.prisma.referrals.findUniqueOrThrow({ where: { network_id_id: { network_id: networkId, id } }, include: { ...around, offers: { select: { mentor_id: true } } } })
    const [patient, mentors] = await Promise.all([
      this.prisma.patients.findUniqueOrThrow({ where: { network_id_id: { network_id: networkId, id: row.patient_id } }, select: { time_zone: true } }),
      this.prisma.mentors.findMany({
        where: { network_id: networkId, organization_id: row.receiving_organization_id, status: 'active', id: { notIn: row.offers.map(({ mentor_id }) => mentor_id) } },
        select: { id: true, type: true, pathways: true, languages: true, modes: true, life_situations: true, time_zone: true, load: true, capacity: true },
      }),
    ])
    const best = mentors
      .filter(({ load, capacity }) => load < capacity)
      .map((mentor) => ({ id: mentor.id, score: scoreOf(mentor, row.preferences, patient.time_zone).score }))
      .sort((a, b) => b.score - a.score)
      .slice(0, Number(limit))
    const found = await this.prisma.mentors.findMany({ where: { network_id: networkId, id: { in: best.map((one) => one.id) } } })
    const byId = new Map(found.map((mentor) => [mentor.id, mentor]))
    const part = disclosed(who, 'candidates', row, row.organization_id, 'long')
    await this.write([part])
    return toCandidates(id, best.map((one) => byId.get(one.id)), row.preferences, patient.time_zone, who.now, part.disclosure)
  }

  @Get()
  async list(@Headers() headers, @Query('limit') limit: string) {
    const who = callerOf(headers, networkId)
    const take = Number(limit)
    const rows = await this.prisma.referrals.findMany({
      where: { network_id: networkId, OR: [{ organization_id: who.organizationId }, { receiving_organization_id: who.organizationId }] },
      orderBy: { id: 'desc' },
      take: take + 1,
      include: around,
    })
    const page = rows.slice(0, take)
    const parts = page.map((row) => disclosed(who, 'list', row, row.organization_id, 'short'))
    await this.write(parts)
    return { data: page.map((row, index) => toReferral(row, row.clock, parts[index].disclosure)), nextCursor: rows.length > take ? page.at(-1)?.id : null }
  }

  /** Ledger and audit rows, together or not at all. */
  private async write(parts: { ledger?: any; audit: any }[]) {
    const ledger = parts.flatMap((part) => part.ledger ?? [])
    const audit = this.prisma.audit_events.createMany({ data: parts.map((part) => part.audit) })
    await (ledger.length > 0 ? this.prisma.$transaction([this.prisma.disclosures.createMany({ data: ledger }), audit]) : audit)
  }
}
