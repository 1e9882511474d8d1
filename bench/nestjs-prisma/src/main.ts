import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { EventsController } from './events.controller.js'
import { Prisma } from './prisma.service.js'
import { ReferralsController } from './referrals.controller.js'

@Module({ controllers: [ReferralsController, EventsController], providers: [Prisma] })
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: ['error', 'warn'] })
app.enableShutdownHooks()
await app.listen(Number(process.env.PORT), '127.0.0.1')
