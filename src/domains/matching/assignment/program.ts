import loadHighs, { type Highs, type Model, type ModelData } from 'highs'
import { type Effort, secondsLeft, stop } from './effort.ts'
import { at, type Graph } from './graph.ts'

/**
 * All that the rest knows of HiGHS. Sparse arrays go in, not the LP text of its older interface: 100,000 columns are there
 * in 70 ms.
 */
export interface Program {
  readonly costs: Float64Array
  readonly rows: readonly Row[]
}

/** `lower <= sum of coefficient * column <= upper`; columns by their position in `costs`, ascending. */
export interface Row {
  readonly lower: number
  readonly upper: number
  readonly columns: readonly number[]
  readonly coefficients: readonly number[]
}

/** What an answer has to reach. */
export function atLeast(costs: Float64Array, lower: number): Row {
  const columns = [...costs.keys()].filter((position) => costs[position] !== 0)
  return { lower, upper: Infinity, columns, coefficients: columns.map((position) => at(costs, position)) }
}

export type Solver = Highs

/** What every step of one solution needs. */
export interface Work {
  readonly solver: Solver
  readonly graph: Graph
  readonly effort: Effort
}

/** The package declares CommonJS while its entry for `import` is a module: what the types call `default` is the function. */
const load = loadHighs as unknown as typeof loadHighs.default
let loaded: Promise<Solver> | undefined

/** Once in a thread. Each program has its own HiGHS in it, so nothing of one solution is left for the next. */
export function loadSolver(): Promise<Solver> {
  loaded ??= load()
  return loaded
}

/** The costs are whole numbers: a bound less than one above an answer proves it. */
const options = { output_flag: false, random_seed: 0, mip_rel_gap: 0, mip_abs_gap: 0.5 } as const

export function withModel<T>({ solver }: Work, program: Program, use: (model: Model) => T): T {
  return solver.withModel(toModelData(solver, program), (model) => {
    model.options.set(options)
    return use(model)
  })
}

/**
 * Values and row duals at a vertex; null when the time was over. An interior point leads to the first one: it takes about as
 * long whatever the costs are, while the simplex method alone stands still for minutes where many are equal.
 */
export function solveLinear(work: Work, model: Model) {
  model.options.set({ solver: 'ipm', time_limit: secondsLeft(work.effort) })
  model.run()
  return solveAgain(work, model)
}

/** From the vertex where the model was, which rows may have cut off since. */
export function solveAgain({ solver, effort }: Work, model: Model) {
  model.zeroAllClocks()
  model.options.set({ solver: 'simplex', time_limit: secondsLeft(effort) })
  const { modelStatus } = model.run()
  if (modelStatus === solver.constants.modelStatus.timeLimit) stop(effort, 'time_limit')
  if (modelStatus !== solver.constants.modelStatus.optimal) return null
  const { colValue, rowDual } = model.getSolution()
  return { values: colValue, duals: rowDual }
}

export interface IntegerAnswer {
  readonly outcome: 'optimal' | 'infeasible' | 'stopped'
  /** Positions of the columns that are one; null without an answer. */
  readonly chosen: number[] | null
  /** No answer is above it. */
  readonly bound: number
}

const stopped: IntegerAnswer = { outcome: 'stopped', chosen: null, bound: Infinity }
const impossible: IntegerAnswer = { outcome: 'infeasible', chosen: null, bound: 0 }

/** Each column is zero or one. */
export function solveInteger(
  { solver, effort }: Work,
  program: Program,
  start: readonly number[] | null,
): IntegerAnswer {
  if (secondsLeft(effort) === 0) stop(effort, 'time_limit')
  if (effort.stoppedBy === 'time_limit' || effort.pivotsLeft <= 0) return stopped
  const { modelStatus: status, variableType, callbackType, solutionStatus } = solver.constants
  const count = program.costs.length
  const integrality = new Int32Array(count).fill(variableType.integer)
  const data = { ...toModelData(solver, program), colUpper: new Float64Array(count).fill(1), integrality }
  return solver.withModel(data, (model): IntegerAnswer => {
    model.options.set({ ...options, time_limit: secondsLeft(effort) })
    if (start) model.setSolution({ colValue: toValues(count, start) })
    const { modelStatus } = model.run({
      [callbackType.mipInterrupt]: (event) => {
        if (Number(event.data.mip_total_lp_iterations ?? 0n) > effort.pivotsLeft) event.interrupt()
      },
    })
    effort.pivotsLeft -= Math.max(0, Number(model.info.get('simplex_iteration_count')))
    if (modelStatus === status.infeasible || modelStatus === status.unboundedOrInfeasible) return impossible
    if (modelStatus === status.timeLimit) stop(effort, 'time_limit')
    const bound = Number(model.info.get('mip_dual_bound'))
    const hasAnswer = model.info.get('primal_solution_status') === solutionStatus.feasible
    return {
      outcome: modelStatus === status.optimal ? 'optimal' : 'stopped',
      chosen: hasAnswer ? chosenIn(model.getSolution().colValue) : null,
      // Sums of whole numbers: what is above one by less than its rounding is that one.
      bound: Number.isFinite(bound) ? Math.floor(bound + 0.01) : Infinity,
    }
  })
}

export function chosenIn(values: Float64Array): number[] {
  return [...values.keys()].filter((position) => at(values, position) > 0.5)
}

function toValues(count: number, chosen: readonly number[]): Float64Array {
  const values = new Float64Array(count)
  for (const position of chosen) values[position] = 1
  return values
}

export function toMatrix(rows: readonly Row[], numCols: number) {
  const starts = new Int32Array(rows.length + 1)
  for (const [row, { columns }] of rows.entries()) starts[row + 1] = at(starts, row) + columns.length
  return {
    format: 'csr',
    numRows: rows.length,
    numCols,
    starts,
    indices: Int32Array.from(rows.flatMap(({ columns }) => columns)),
    values: Float64Array.from(rows.flatMap(({ coefficients }) => coefficients)),
  } as const
}

function toModelData({ constants, infinity }: Solver, { costs, rows }: Program): ModelData {
  return {
    numCols: costs.length,
    numRows: rows.length,
    sense: constants.objectiveSense.maximize,
    colCost: costs,
    colLower: new Float64Array(costs.length),
    // Each column is in the row of a person, which is its upper bound already.
    colUpper: new Float64Array(costs.length).fill(infinity),
    rowLower: Float64Array.from(rows, ({ lower }) => lower),
    rowUpper: Float64Array.from(rows, ({ upper }) => upper),
    matrix: toMatrix(rows, costs.length),
  }
}
