/** Filled in when the service has matching runs. */
export async function measureRuns({ databaseUrl, data, say, startService }) {
  const service = await startService({ databaseUrl, seed: data.seed })
  try {
    const { paths } = await service.openapi()
    if (!paths['/v1/matching-runs']) return say('runs: the service has none yet')
    throw new Error('not written yet')
  } finally {
    await service.stop()
  }
}
