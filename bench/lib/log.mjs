import pg from 'pg'

/** So many at most: a reader pages from a place drawn among them, and the copy is made in seconds. */
const eventsMax = 100_000

/**
 * The generator leaves the log of changes empty. Here it gets the newest steps of referrals, numbered, so that there is
 * something to page through. The newest place is told.
 */
export async function fillLog(databaseUrl, networkId) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(
      `insert into events (network_id, id, organization_id, reader_ids, sequence, type, subject_type, subject_id, codes, actor_client_id, occurred_at, patient_id, holder_id)
       select network_id, id, organization_id, reader_ids, row_number() over (order by id), type, 'referral', referral_id, codes, client_id, at, patient_id, organization_id
       from (select t.*, c.id as client_id, jsonb_build_object('status', t.status, 'businessStatus', t.business_status) as codes,
                    case t.command when 'request' then 'referral.requested' when 'accept' then 'referral.accepted' else 'referral.updated' end as type
             from referral_transitions t join api_clients c on c.network_id = t.network_id and c.organization_id = t.actor_organization_id
             where t.network_id = $1 order by t.id desc limit ${eventsMax}) newest`,
      [networkId],
    )
    const { rows } = await client.query(
      `insert into event_logs (network_id, last_sequence) select $1, count(*) from events where network_id = $1
       on conflict (network_id) do update set last_sequence = excluded.last_sequence returning last_sequence::int as last`,
      [networkId],
    )
    await client.query('vacuum (analyze) events')
    return rows[0].last
  } finally {
    await client.end()
  }
}
