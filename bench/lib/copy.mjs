import { once } from 'node:events'
import pg from 'pg'

/** COPY … FROM STDIN, which pg knows on the wire and has no method for. */
class CopyIn {
  constructor(sql) {
    this.sql = sql
    this.ready = new Promise((resolve, reject) => {
      this.accepted = resolve
      this.refused = reject
    })
    this.done = new Promise((resolve, reject) => {
      this.finished = resolve
      this.failed = reject
    })
    for (const promise of [this.ready, this.done]) promise.catch(() => {})
  }
  submit(connection) {
    connection.query(this.sql)
  }
  handleCopyInResponse(connection) {
    this.accepted(connection)
  }
  handleCommandComplete() {}
  handleReadyForQuery() {
    this.error ? this.failed(this.error) : this.finished()
  }
  handleError(error) {
    this.error = error
    this.refused(error)
    this.failed(error)
  }
}

const chunkLength = 256 * 1024

/** Rows into one table, on a connection of its own. `columns` are those of the objects that `write` gets, in order. */
export async function openCopy(connectionString, table, columns) {
  const client = new pg.Client({ connectionString })
  const copy = new CopyIn(`copy ${table} (${columns.join(', ')}) from stdin`)
  // A connection that is lost is told with the next rows, not at the end of all of them.
  client.on('error', (error) => copy.handleError(error))
  await client.connect()
  await client.query('set synchronous_commit = off')
  client.query(copy)
  const connection = await copy.ready
  let chunk = ''
  let rows = 0
  async function flush() {
    if (copy.error) throw copy.error
    connection.sendCopyFromChunk(Buffer.from(chunk))
    chunk = ''
    if (connection.stream.writableNeedDrain) await Promise.race([once(connection.stream, 'drain'), copy.done])
  }
  return {
    /** Adds a row, the values in the order of the columns. */
    write(values) {
      for (let at = 0; at < values.length; at += 1) chunk += (at === 0 ? '' : '\t') + field(values[at])
      chunk += '\n'
      rows += 1
    },
    /** To be awaited now and then, so that rows do not pile up here. */
    async drain() {
      if (chunk.length >= chunkLength) await flush()
    },
    async close() {
      await flush()
      connection.endCopyFrom()
      await copy.done
      await client.end()
      return rows
    },
  }
}

const special = /[\\\t\n\r]/
const escapes = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const escaped = (text) =>
  special.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => escapes[character]) : text

function field(value) {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`
  if (Array.isArray(value)) return escaped(arrayOf(value))
  return escaped(JSON.stringify(value))
}

const plain = /^[\w-]+$/
const arrayOf = (list) => `{${list.map((item) => (plain.test(item) ? item : `"${String(item).replace(/["\\]/g, '\\$&')}"`)).join(',')}}`
