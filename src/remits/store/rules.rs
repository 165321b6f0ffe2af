//! The posting rules of payers.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::db::schema::remit_posting_rules;
use crate::remits::rules::{Care, Mode, PostingRule};
use crate::types::{PayerId, Result};

/// The rules of all payers, or of one.
pub(in crate::remits) async fn posting_rules(
    tx: &mut Tx,
    payer: Option<PayerId>,
) -> Result<Vec<(PayerId, PostingRule)>> {
    let mut query = remit_posting_rules::table
        .filter(remit_posting_rules::organization_id.eq(tx.actor().organization))
        .order(remit_posting_rules::payer_id)
        .select((remit_posting_rules::payer_id, remit_posting_rules::mode, remit_posting_rules::allows))
        .into_boxed();
    if let Some(payer) = payer {
        query = query.filter(remit_posting_rules::payer_id.eq(payer));
    }
    let rows: Vec<(PayerId, String, Vec<String>)> = query.load(tx.conn()).await?;
    rows.into_iter()
        .map(|(payer, mode, allows)| {
            let mode = Mode::from_name(&mode).ok_or_else(|| anyhow::anyhow!("no mode {mode}"))?;
            let allows = allows.iter().filter_map(|care| Care::from_name(care)).collect();
            Ok((payer, PostingRule { mode, allows }))
        })
        .collect()
}

/// Writes a payer's rule, or over it.
pub(in crate::remits) async fn put_posting_rule(
    tx: &mut Tx,
    payer: PayerId,
    rule: &PostingRule,
) -> Result<()> {
    let allows: Vec<&str> = rule.allows.iter().map(|care| care.as_str()).collect();
    sql_query(
        "insert into remit_posting_rules (organization_id, payer_id, mode, allows) values ($1, $2, $3, $4)
         on conflict (organization_id, payer_id) do update set
            (mode, allows, changed_at) = (excluded.mode, excluded.allows, now())",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(payer)
    .bind::<Text, _>(rule.mode.as_str())
    .bind::<Array<Text>, _>(allows)
    .execute(tx.conn())
    .await?;
    Ok(())
}
