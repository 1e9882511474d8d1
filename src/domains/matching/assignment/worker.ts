import { parentPort } from 'node:worker_threads'
import type { Waiting } from './problem.ts'

const x: number = 5
parentPort?.postMessage({ x, a: process.execArgv } satisfies object as unknown as Waiting)
