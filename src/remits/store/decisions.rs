//! The decisions of a set, its lines and its provider adjustments, as they are written.

use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::{Tx, kept};
use crate::remits::matching::MatchRule;
use crate::remits::model::{ProviderAdjustment, RemitClaim};
use crate::remits::post::adjusted;
use crate::remits::store::{big, int, to_json};
use crate::types::{ClaimId, ProviderAdjustmentId, Rarc, RemitClaimId, RemittanceId, Result};

/// One CLP as it is written.
pub(in crate::remits) struct ClaimRow<'a> {
    pub id: RemitClaimId,
    pub remit: &'a RemitClaim,
    pub claim: Option<(ClaimId, MatchRule)>,
    /// Our line for each of the payer's.
    pub lines: &'a [Option<i16>],
    pub posted: bool,
}

/// Writes claims and their lines.
pub(in crate::remits) async fn insert_claims(
    tx: &mut Tx,
    remittance: RemittanceId,
    rows: &[ClaimRow<'_>],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let all = || rows.iter();
    let remits = || rows.iter().map(|row| row.remit);
    kept(
        "insert into remit_claims (organization_id, remittance_id, id, ordinal, patient_control_number,
            payer_claim_control_number, status_code, charged, paid, patient_responsibility, adjusted, adjustments,
            remarks, first_byte, last_byte, claim_id, match_rule, posted)
         select $1, $2, r.id, r.ordinal, r.number, r.payer_number, r.status, r.charged, r.paid, r.patient,
            r.adjusted, r.adjustments, string_to_array(r.remarks, ' '), r.first_byte, r.last_byte, r.claim, r.rule,
            r.posted
         from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            as r (id, ordinal, number, payer_number, status, charged, paid, patient, adjusted, adjustments, remarks,
                  first_byte, last_byte, claim, rule, posted)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Array<Uuid>, _>(all().map(|row| row.id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(remits().map(|r| int(r.ordinal)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(remits().map(|r| r.patient_control_number.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        remits().map(|r| r.payer_claim_control_number.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(remits().map(|r| r.status.code()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(remits().map(|r| r.charged).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(remits().map(|r| r.paid).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(remits().map(|r| r.patient_responsibility).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(remits().map(|r| to_json(&adjusted(r))).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Jsonb>, _>(remits().map(|r| to_json(&r.adjustments)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(remits().map(|r| joined(&r.remarks)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(remits().map(|r| big(r.bytes.first)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<BigInt>, _>(remits().map(|r| big(r.bytes.last)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Nullable<Uuid>>, _>(all().map(|row| row.claim.map(|(id, _)| id)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        all().map(|row| row.claim.map(|(_, rule)| rule.as_str())).collect::<Vec<_>>(),
    )
    .bind::<Array<Bool>, _>(all().map(|row| row.posted).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    insert_lines(tx, rows).await
}

async fn insert_lines(tx: &mut Tx, rows: &[ClaimRow<'_>]) -> Result<()> {
    let lines: Vec<_> = rows
        .iter()
        .flat_map(|row| row.remit.lines.iter().zip(row.lines).map(|(line, ours)| (row.id, line, *ours)))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let all = || lines.iter();
    kept(
        "insert into remit_lines (organization_id, remit_claim_id, line_no, claim_line_no, control_number, procedure,
            modifiers, billed_procedure, service_on, units, charged, paid, allowed, adjustments, remarks, first_byte,
            last_byte)
         select $1, l.claim, l.line_no, l.ours, l.number, l.procedure, string_to_array(l.modifiers, ' '), l.billed,
            l.service_on, l.units, l.charged, l.paid, l.allowed, l.adjustments, string_to_array(l.remarks, ' '),
            l.first_byte, l.last_byte
         from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            as l (claim, line_no, ours, number, procedure, modifiers, billed, service_on, units, charged, paid,
                  allowed, adjustments, remarks, first_byte, last_byte)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(all().map(|(id, _, _)| *id).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(
        all()
            .map(|(_, line, _)| Ok(i16::try_from(line.line_no).map_err(anyhow::Error::from)?))
            .collect::<Result<Vec<_>>>()?,
    )
    .bind::<Array<Nullable<SmallInt>>, _>(all().map(|(_, _, ours)| *ours).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(all().map(|(_, l, _)| l.control_number.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, l, _)| l.procedure.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(all().map(|(_, l, _)| l.modifiers.join(" ")).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(
        all().map(|(_, l, _)| l.billed_procedure.as_deref()).collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<Date>>, _>(all().map(|(_, l, _)| l.service_from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Numeric>>, _>(all().map(|(_, l, _)| l.units).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, l, _)| l.charged).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, l, _)| l.paid).collect::<Vec<_>>())
    .bind::<Array<Nullable<Numeric>>, _>(all().map(|(_, l, _)| l.allowed).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(all().map(|(_, l, _)| to_json(&l.adjustments)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(all().map(|(_, l, _)| joined(&l.remarks)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(all().map(|(_, l, _)| big(l.bytes.first)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<BigInt>, _>(all().map(|(_, l, _)| big(l.bytes.last)).collect::<Result<Vec<_>>>()?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks decisions as taken back: (the decision, its reversal).
pub(in crate::remits) async fn mark_reversed(
    tx: &mut Tx,
    pairs: &[(RemitClaimId, RemitClaimId)],
) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let marked = kept(
        "update remit_claims rc set reversed_by = p.reversal
         from unnest($2, $3) as p (original, reversal)
         where rc.organization_id = $1 and rc.id = p.original and rc.reversed_by is null",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(pairs.iter().map(|pair| pair.0).collect::<Vec<_>>())
    .bind::<Array<Uuid>, _>(pairs.iter().map(|pair| pair.1).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    if marked != pairs.len() {
        return Err(anyhow::anyhow!("a decision was reversed by somebody else meanwhile").into());
    }
    Ok(())
}

/// Writes PLB items.
pub(in crate::remits) async fn insert_provider_adjustments(
    tx: &mut Tx,
    remittance: RemittanceId,
    items: &[(ProviderAdjustmentId, &ProviderAdjustment)],
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let all = || items.iter();
    kept(
        "insert into provider_adjustments (organization_id, remittance_id, id, ordinal, reason, reference, amount,
            first_byte, last_byte)
         select $1, $2, p.* from unnest($3, $4, $5, $6, $7, $8, $9)
            as p (id, ordinal, reason, reference, amount, first_byte, last_byte)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(remittance)
    .bind::<Array<Uuid>, _>(all().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(all().map(|(_, p)| int(p.ordinal)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<Text>, _>(all().map(|(_, p)| p.reason.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(all().map(|(_, p)| p.reference.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(all().map(|(_, p)| p.amount).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(all().map(|(_, p)| big(p.bytes.first)).collect::<Result<Vec<_>>>()?)
    .bind::<Array<BigInt>, _>(all().map(|(_, p)| big(p.bytes.last)).collect::<Result<Vec<_>>>()?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Codes as one text: an array of arrays cannot be unnested row by row.
fn joined(remarks: &[Rarc]) -> String {
    remarks.iter().map(Rarc::as_str).collect::<Vec<_>>().join(" ")
}
