import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Ctx, TxCtx } from '../../core/context.ts'
import { type Priority, priorities } from '../clocks/contract.ts'
import { clocks } from '../clocks/table.ts'
import { groundsOfMany } from '../decisions/grounds.ts'
import type { Assignment, AssignmentProblem, Progress } from '../matching/assignment/problem.ts'
import { solveInWorker } from '../matching/assignment/solve-in-worker.ts'
import type { MentorFacts } from '../matching/facts.ts'
import { mentorsOf } from '../matching/mentors.ts'
import { matchRules, millionths, weighingOf } from '../matching/score.ts'
import { seekersOf } from '../matching/store.ts'
import { openWeigher } from '../matching/weigh-in-worker.ts'
import { findProgram } from '../programs/store.ts'
import { type ReferralRecord, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import type { RunSummary } from './contract.ts'
import { findRun, type RunHead } from './store.ts'
import { matchingRunPairs, matchingRuns, type RunProgress } from './table.ts'

/** People of one waitlist that are matched at once. The longest waiting come first. */
const waitingMax = 10_000
/** Consents of one part of the waitlist. */
const consentsMax = 20_000
/** People whose data are read together. */
const together = 200

/** Opens a transaction of the system's own; a run has several, so that nothing is locked while it computes. */
export type InTransaction = <T>(work: (ctx: TxCtx) => Promise<T>) => Promise<T>

interface Task {
  readonly run: RunHead
  readonly problem: AssignmentProblem
  readonly versions: ReadonlyMap<string, number>
}

/**
 * Carries out one run: reads the waitlist, weighs candidates, solves in a worker thread, stores what was found. Begun
 * again after a crash it does the same once more; one that is finished it leaves alone.
 */
export async function carryOut(open: InTransaction, runId: string, signal: AbortSignal): Promise<void> {
  const run = await open((ctx) => begin(ctx, runId))
  if (!run) return
  const progress = progressInto(open, runId)
  const task = await prepare(open, run, progress, signal)
  const assignment = await solveInWorker(task.problem, { signal, onProgress: progress })
  await open((ctx) => finish(ctx, task, assignment))
}

async function begin(ctx: TxCtx, runId: string): Promise<RunHead | undefined> {
  const run = await findRun(ctx, runId)
  if (run.status !== 'queued' && run.status !== 'running') return undefined
  await ctx.db
    .update(matchingRuns)
    .set({
      status: 'running',
      startedAt: ctx.now,
      updatedAt: ctx.now,
      progress: { phase: 'reading', done: 0, total: 0 },
    })
    .where(and(eq(matchingRuns.networkId, ctx.networkId), eq(matchingRuns.id, runId)))
  return run
}

/** How often progress is written down: often enough to watch, seldom enough to cost nothing. */
const tellEveryMs = 1_000

function progressInto(open: InTransaction, runId: string): (progress: Progress) => void {
  let told = 0
  return ({ phase, done, total }) => {
    const at = performance.now()
    if (at - told < tellEveryMs) return
    told = at
    const progress: RunProgress = { phase, done, total }
    // Nobody waits for it: a progress that is not written down is no harm.
    open(({ db, networkId, now }) =>
      db
        .update(matchingRuns)
        .set({ progress, updatedAt: now })
        .where(
          and(
            eq(matchingRuns.networkId, networkId),
            eq(matchingRuns.id, runId),
            eq(matchingRuns.status, 'running'),
          ),
        )
        .then(() => undefined),
    ).catch(() => undefined)
  }
}

/** The waitlist with its candidates, read part by part. */
async function prepare(
  open: InTransaction,
  run: RunHead,
  progress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Task> {
  const { ids, mentors, weighing } = await open(async (ctx) => {
    const [program, { active }, waiting] = await Promise.all([
      findProgram(ctx, run.programId),
      mentorsOf(ctx, run.organizationId),
      waitingIds(ctx, run),
    ])
    return {
      ids: waiting,
      mentors: active,
      weighing: weighingOf(program.matchWeights),
    }
  })
  const waiting: AssignmentProblem['waiting'][number][] = []
  const versions = new Map<string, number>()
  const most = run.options.candidatesPerPerson
  const weigher = await openWeigher({ mentors: placeable(mentors), weighing, most }, signal)
  try {
    for (let from = 0; from < ids.length; from += together) {
      const seekers = await open((ctx) => seekersAmong(ctx, ids.slice(from, from + together)))
      const candidates = await weigher.weigh(seekers.map(({ seeker }) => seeker))
      for (const [index, { record, seeker }] of seekers.entries()) {
        versions.set(record.row.id, record.row.version)
        waiting.push({
          id: record.row.id,
          waitingSince: record.row.createdAt.getTime(),
          urgency: urgencyOf(record.row.priority),
          weightHalfPoints: seeker.points * 2,
          candidates: candidates[index] ?? [],
        })
      }
      progress({ phase: 'reading', done: waiting.length, total: ids.length })
    }
  } finally {
    await weigher.close()
  }
  const problem: AssignmentProblem = {
    waiting,
    mentors: mentors.map(({ id, capacity, load }) => ({
      id,
      freeHalfPoints: Math.floor((capacity - load) * 2),
      loadHalfPoints: Math.round(load * 2),
    })),
    ...(run.options.maxOffersPerMentor !== undefined && { maxPerMentor: run.options.maxOffersPerMentor }),
    timeBudgetMs: run.options.timeBudgetSeconds * 1_000,
  }
  return { run, problem, versions }
}

/** Those who can take nobody are left out once, not once for each person. */
const placeable = (mentors: readonly MentorFacts[]) =>
  mentors.filter(({ eligible, load, capacity }) => eligible && load < capacity)

function urgencyOf(priority: Priority): 0 | 1 | 2 | 3 {
  return priorities.indexOf(priority) as 0 | 1 | 2 | 3
}

/** Open referrals of the program for which somebody has to find a mentor, the longest waiting first. */
async function waitingIds({ db, networkId }: TxCtx, { programId }: RunHead): Promise<string[]> {
  const rows = await db
    .select({ id: referrals.id })
    .from(referrals)
    .innerJoin(clocks, and(eq(clocks.networkId, referrals.networkId), eq(clocks.id, referrals.clockId)))
    .where(
      and(
        eq(referrals.networkId, networkId),
        eq(referrals.programId, programId),
        inArray(referrals.status, ['accepted', 'in_progress']),
        inArray(clocks.action, ['offer_mentor', 'reassign_mentor']),
      ),
    )
    .orderBy(asc(referrals.createdAt), asc(referrals.id))
    .limit(waitingMax)
  return rows.map(({ id }) => id)
}

/** People of whom no consent lets anything be used are not matched: nobody may look for them. */
async function seekersAmong(ctx: TxCtx, ids: readonly string[]) {
  const rows = await selectReferrals(ctx, inArray(referrals.id, [...ids]))
  const patientIds = rows.map(({ row }) => row.patientId)
  const groundsFor = await groundsOfMany(ctx, patientIds, consentsMax)
  const records = rows.map(
    (selected): ReferralRecord => ({
      ...toFound(selected),
      parties: [],
      grounds: groundsFor(selected.row.patientId),
    }),
  )
  const seekers = await seekersOf(ctx, records)
  return seekers.filter(({ permitted }) => permitted.has('referral_status'))
}

async function finish(ctx: TxCtx, { run, problem, versions }: Task, assignment: Assignment): Promise<void> {
  const { networkId, now } = ctx
  const { id: runId, organizationId } = run
  const pairs = assignment.pairs.map(({ waitingId, mentorId, scoreMillionths }) => ({
    networkId,
    runId,
    referralId: waitingId,
    organizationId,
    mentorId,
    score: scoreMillionths / millionths,
    referralVersion: versions.get(waitingId) ?? 0,
    status: 'proposed' as const,
  }))
  for (let from = 0; from < pairs.length; from += 1_000)
    await ctx.db
      .insert(matchingRunPairs)
      .values(pairs.slice(from, from + 1_000))
      .onConflictDoNothing()
  const input = JSON.stringify(problem)
  await ctx.db
    .update(matchingRuns)
    .set({
      status: 'completed',
      input: deflateSync(input),
      inputSha256: createHash('sha256').update(input).digest('hex'),
      summary: toSummary(problem, assignment),
      progress: {},
      finishedAt: now,
      version: run.version + 1,
      updatedAt: now,
    })
    .where(and(eq(matchingRuns.networkId, networkId), eq(matchingRuns.id, runId)))
  ctx.emit({ type: 'matching_run.completed', subjectType: 'matching_run', subjectId: runId, organizationId })
}

function toSummary({ waiting, mentors }: AssignmentProblem, assignment: Assignment): RunSummary {
  const score = (value: number) => value / millionths
  return {
    waiting: waiting.length,
    mentors: mentors.length,
    assigned: assignment.pairs.length,
    unassigned: assignment.unassigned.length,
    totalScore: score(assignment.totalMillionths),
    bound: score(assignment.boundMillionths),
    gap: assignment.gap,
    optimal: assignment.optimal,
    method: assignment.method,
    stoppedBy: assignment.stoppedBy,
    ties: assignment.ties,
    greedy: { totalScore: score(assignment.greedy.totalMillionths), assigned: assignment.greedy.assigned },
    blockingPairs: assignment.blockingPairs.map((pair) => ({
      referralId: pair.waitingId,
      mentorId: pair.mentorId,
      score: score(pair.scoreMillionths),
      heldScore: score(pair.heldMillionths),
      displacesReferralId: pair.displacesId,
    })),
    blockingPairCount: assignment.blockingPairCount,
    solver: assignment.solver,
    ruleSet: matchRules,
  }
}

/** A run that cannot be carried out says so; the program is free for the next. */
export async function giveUp(ctx: Ctx, runId: string, failure: string): Promise<void> {
  await ctx.transaction(
    async (tx) => {
      const run = await findRun(tx, runId)
      if (run.status !== 'queued' && run.status !== 'running') return
      await tx.db
        .update(matchingRuns)
        .set({ status: 'failed', failure, finishedAt: tx.now, version: run.version + 1, updatedAt: tx.now })
        .where(and(eq(matchingRuns.networkId, tx.networkId), eq(matchingRuns.id, runId)))
      const { organizationId } = run
      tx.emit({ type: 'matching_run.failed', subjectType: 'matching_run', subjectId: runId, organizationId })
    },
    { action: 'matching.run' },
  )
}
