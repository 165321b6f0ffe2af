//! What a database says: the facts that two runs must have in common, and what is torn.

use tokio_postgres::Client;

/// Facts without ids and times, one a line. What depends on how often a worker began anew (the audit
/// of files that were seen again, of held sets that were looked at again) is not among them.
const FACTS: &[(&str, &str)] = &[
    (
        "balance",
        "select concat_ws(' ', leg.account, p.identifier, sum(leg.amount)) from transfers t
         cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount)) leg (account, amount)
         left join payers p on p.id = t.payer_id
         group by leg.account, p.identifier",
    ),
    (
        "account of visit",
        "select concat_ws(' ', e.visit_number, leg.account, p.identifier, sum(leg.amount)) from transfers t
         cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount)) leg (account, amount)
         join claims c on c.id = t.claim_id
         join encounters e on e.id = c.encounter_id
         left join payers p on p.id = t.payer_id
         group by e.visit_number, leg.account, p.identifier",
    ),
    (
        "claim",
        "select concat_ws(' ', e.visit_number, c.sequence, p.identifier, c.charged, s.status, s.events,
            (select string_agg(event, ',' order by event_no) from claim_events v where v.claim_id = c.id))
         from claims c join claim_standings s on s.claim_id = c.id join encounters e on e.id = c.encounter_id
         join payers p on p.id = c.payer_id",
    ),
    (
        "set",
        "select concat_ws(' ', encode(f.sha256, 'hex'), r.set_ordinal, r.state, r.claims, r.charged, r.claims_paid,
            r.provider_adjustments, r.paid, r.paid_on)
         from remittances r join files f on f.id = r.file_id",
    ),
    (
        "decision",
        "select concat_ws(' ', encode(f.sha256, 'hex'), r.set_ordinal, c.ordinal, c.patient_control_number,
            c.status_code, c.charged, c.paid, c.posted, c.match_rule, c.reversed_by is not null)
         from remit_claims c join remittances r on r.id = c.remittance_id join files f on f.id = r.file_id",
    ),
    (
        "lines",
        "select concat_ws(' ', encode(f.sha256, 'hex'), r.set_ordinal, count(*), sum(l.charged), sum(l.paid),
            count(l.claim_line_no))
         from remit_lines l join remit_claims c on c.id = l.remit_claim_id
         join remittances r on r.id = c.remittance_id join files f on f.id = r.file_id
         group by f.sha256, r.set_ordinal",
    ),
    (
        "provider adjustment",
        "select concat_ws(' ', encode(f.sha256, 'hex'), r.set_ordinal, a.ordinal, a.reason, a.reference, a.amount)
         from provider_adjustments a join remittances r on r.id = a.remittance_id join files f on f.id = r.file_id",
    ),
    (
        "open exception",
        "select concat_ws(' ', encode(f.sha256, 'hex'), r.set_ordinal, c.ordinal, x.kind, x.amount)
         from remit_exceptions x join remittances r on r.id = x.remittance_id join files f on f.id = r.file_id
         left join remit_claims c on c.id = x.remit_claim_id where x.resolved_at is null",
    ),
    (
        "denial",
        "select concat_ws(' ', encode(f.sha256, 'hex'), r.set_ordinal, c.ordinal, d.line_no, d.group_code, d.reason,
            d.amount, d.category, d.appeal_by, d.state)
         from denials d join remit_claims c on c.id = d.remit_claim_id
         join remittances r on r.id = c.remittance_id join files f on f.id = r.file_id",
    ),
    (
        "entry",
        "select concat_ws(' ', encode(e.source_file_sha256, 'hex'), e.source_ordinal, e.kind, e.source_kind,
            e.effective_on, e.reverses_id is not null, count(*), sum(t.amount))
         from entries e join transfers t on t.entry_id = e.id group by e.id, e.source_file_sha256, e.source_ordinal,
            e.kind, e.source_kind, e.effective_on, e.reverses_id",
    ),
    (
        "audit",
        "select concat_ws(' ', action, count(*), count(distinct subject_id)) from audit_events
         where action in ('remits/post', 'remits/recognise', 'files/keep') group by action",
    ),
    ("held", "select count(distinct subject_id)::text from audit_events where action = 'remits/hold'"),
    ("file", "select encode(sha256, 'hex') || ' ' || size_bytes from files where direction = 'in'"),
];

/// What no transaction may leave behind: each with the query for those that are not whole.
const TORN: &[(&str, &str)] = &[
    (
        "a posted set without some of its decisions, amounts, cash or audit event",
        "select r.id::text from remittances r where r.state in ('posted', 'partly_posted') and (
            (select (count(*), coalesce(sum(paid), 0)) from remit_claims c where c.remittance_id = r.id)
                is distinct from (r.claims::bigint, r.claims_paid)
            or (select coalesce(sum(amount), 0) from provider_adjustments a where a.remittance_id = r.id)
                <> r.provider_adjustments
            or (select coalesce(sum(case 1010 when t.debit_account then t.amount when t.credit_account then -t.amount
                    else 0 end), 0)
                from entries e join transfers t on t.entry_id = e.id
                where e.source_id in (select id from remit_claims c where c.remittance_id = r.id
                    union all select id from provider_adjustments a where a.remittance_id = r.id)) <> r.paid
            or (select count(*) from audit_events a where a.subject_id = r.id and a.action = 'remits/post') <> 1)",
    ),
    (
        "a set that moves nothing, with decisions or amounts",
        "select r.id::text from remittances r where r.state in ('held', 'duplicate') and (
            exists (select from remit_claims c where c.remittance_id = r.id)
            or exists (select from provider_adjustments a where a.remittance_id = r.id)
            or not exists (select from audit_events a where a.subject_id = r.id))",
    ),
    (
        "a set that is there twice",
        "select min(id::text) from remittances group by file_id, set_ordinal having count(*) > 1",
    ),
    (
        "an entry without transfers or without its link in the chain",
        "select e.id::text from entries e where not exists (select from transfers t where t.entry_id = e.id)
         or not exists (select from chain_links l where l.posting_id = e.posting_id)",
    ),
    (
        "a link of the chain with another number of entries",
        "select l.number::text from chain_links l
         where l.entries <> (select count(*) from entries e where e.posting_id = l.posting_id)",
    ),
    (
        "a file without all of its bytes",
        "select f.id::text from files f where f.size_bytes <>
            (select coalesce(sum(octet_length(content)), 0) from file_chunks c where c.file_id = f.id)",
    ),
];

/// Every fact, in order.
pub async fn facts(client: &Client) -> Vec<String> {
    let mut all = vec![];
    for (what, query) in FACTS {
        let rows = client.query(*query, &[]).await.unwrap();
        all.extend(rows.iter().map(|row| format!("{what}: {}", row.get::<_, String>(0))));
    }
    all.sort_unstable();
    all
}

/// What is not whole; nothing ever should be found.
pub async fn torn(client: &Client) -> Vec<String> {
    let mut all = vec![];
    for (what, query) in TORN {
        let rows = client.query(*query, &[]).await.unwrap();
        all.extend(rows.iter().map(|row| format!("{what}: {}", row.get::<_, String>(0))));
    }
    all
}

/// The first facts of each of two runs that the other does not have.
pub fn difference(calm: &[String], storm: &[String]) -> Vec<String> {
    let without = |these: &[String], those: &[String], sign: &str| {
        let mut left: Vec<&String> = those.iter().collect();
        let mut found = vec![];
        for fact in these {
            match left.binary_search(&fact) {
                Ok(at) => drop(left.remove(at)),
                Err(_) => found.push(format!("{sign} {fact}")),
            }
        }
        found.truncate(10);
        found
    };
    let mut found = without(calm, storm, "only calm:");
    found.extend(without(storm, calm, "only storm:"));
    found
}
