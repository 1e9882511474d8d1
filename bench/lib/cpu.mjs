import { readFile } from 'node:fs/promises'

/** User and system time of a process so far (Linux): fields 14 and 15 of /proc/<pid>/stat, in hundredths of a second. */
export async function cpuMs(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/**
 * CPU time of PostgreSQL's backends for one database, each by its process, as far as they live on this machine. What the
 * writer of the log and the checkpointer do is nobody's request and not in it.
 */
export async function backendsCpuMs(owner) {
  const { rows } = await owner.query(`select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
  const times = await Promise.all(rows.map(async ({ pid }) => [pid, await cpuMs(pid).catch(() => undefined)]))
  return new Map(times.filter(([, ms]) => ms !== undefined))
}

/** What the backends took between two looks; one that came in between began at nothing. */
export const grown = (before, after) => [...after].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0)
