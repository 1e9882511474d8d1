/**
 * A machine that vanishes (its power, a firewall between) closes nothing and refuses nothing: whoever waits for its word would
 * wait until TCP gives up, a quarter of an hour and more. Both sides know earlier here: PostgreSQL of a service that is gone
 * with a transaction open, and the service of a PostgreSQL that is.
 */
import type pg from 'pg'

/** How long one statement may run before PostgreSQL gives up on it and the client gets a 503. */
export const statementTimeoutMs = 10_000

/** How long a transaction may wait for its next statement: then its locks are for others. Nobody who lives thinks so long. */
const idleInTransactionMs = 10_000

/** Sent with BEGIN, and local to the transaction: behind a pooler nothing of it is left to whoever gets the connection next. */
export const timeLimits = (statementMs = statementTimeoutMs) =>
  `set local statement_timeout = ${statementMs}; set local idle_in_transaction_session_timeout = ${idleInTransactionMs}`

/** For how long a connection that owes an answer may say nothing at all: a statement's time, and two seconds for the way. */
const silenceMs = (statementMs: number) => statementMs + 2_000

/** The part of pg's client that its types leave out. */
interface Wired {
  readonly connection: { readonly stream: import('node:net').Socket }
  /** False while an answer is due. */
  readonly readyForQuery: boolean
}

const wired = (client: pg.ClientBase) => client as unknown as Wired

/** Ends a connection that owes an answer and is silent; what waited for it is refused, and the next one opens another. */
export function endWhenSilent(client: pg.ClientBase): void {
  const { stream } = wired(client).connection
  stream.on('timeout', () => {
    if (wired(client).readyForQuery) return
    stream.destroy(Object.assign(new Error('The database says nothing any more'), { code: 'ETIMEDOUT' }))
  })
  bearSilence(client)
}

/** From now on it may be silent for as long as such a statement takes. */
export function bearSilence(client: pg.ClientBase, statementMs = statementTimeoutMs): void {
  wired(client).connection.stream.setTimeout(silenceMs(statementMs))
}

/** An idle connection to a machine that is gone leaves the pool: asked after five seconds, and given up after ten more. */
export const keptAlive = { keepAlive: true, keepAliveInitialDelayMillis: 5_000 } as const

/**
 * PostgreSQL asks as well, and waits no longer for a client that does not take what it was sent: without, the sessions of a
 * machine that is gone would count among its connections for two hours. They are the session's, so that they are for connections
 * that no pooler gives away; a pooler has settings of its own for both of its sides.
 */
export const sessionLimits =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set tcp_user_timeout = 15000'
