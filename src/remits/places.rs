//! Where decisions and PLB items stand in their files: what leads from a ledger entry to its bytes.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Tx, kept};
use crate::remits::UNAPPLYING_SOURCE;
use crate::types::{Bytes, EntryId, FileId, ProviderAdjustmentId, RemitClaimId, RemittanceId, Result};

/// The place of one document of a remittance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPlace {
    /// The id of the decision, the item, or the entry that was taken back.
    pub id: Uuid,
    /// The remittance.
    pub remittance: RemittanceId,
    /// TRN02.
    pub trace_number: String,
    /// The file it came in.
    pub file: FileId,
    /// Where in it.
    pub bytes: Bytes,
    /// The segment there: `CLP*` and its number, or `PLB`.
    pub segment: String,
}

/// The places of these decisions and PLB items, and, by the entries that reversals took back, of those reversals. One
/// query.
pub async fn places(
    tx: &mut Tx,
    decisions: &[RemitClaimId],
    adjustments: &[ProviderAdjustmentId],
    taken_back: &[EntryId],
) -> Result<Vec<DocumentPlace>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        remittance_id: RemittanceId,
        #[diesel(sql_type = Text)]
        trace_number: String,
        #[diesel(sql_type = SqlUuid)]
        file_id: FileId,
        #[diesel(sql_type = BigInt)]
        first_byte: i64,
        #[diesel(sql_type = BigInt)]
        last_byte: i64,
        #[diesel(sql_type = Text)]
        segment: String,
    }
    let rows: Vec<Row> = kept(
        "select d.id, d.remittance_id, r.trace_number, r.file_id, d.first_byte, d.last_byte, d.segment
         from (
            select id, remittance_id, first_byte, last_byte, 'CLP*' || patient_control_number as segment
            from remit_claims where organization_id = $1 and id = any($2)
            union all
            select e.source_id, rc.remittance_id, rc.first_byte, rc.last_byte, 'CLP*' || rc.patient_control_number
            from entries e
            join remit_unapplyings u on u.organization_id = $1 and u.entry_id = e.id
            join remit_claims rc on rc.organization_id = $1 and rc.id = u.remit_claim_id
            where e.organization_id = $1 and e.source_kind = $5 and e.source_id = any($4)
            union all
            select id, remittance_id, first_byte, last_byte, 'PLB'
            from provider_adjustments where organization_id = $1 and id = any($3)) d
         join remittances r on r.organization_id = $1 and r.id = d.remittance_id",
    )
    .bind::<SqlUuid, _>(tx.actor().organization)
    .bind::<Array<SqlUuid>, _>(decisions)
    .bind::<Array<SqlUuid>, _>(adjustments)
    .bind::<Array<SqlUuid>, _>(taken_back)
    .bind::<Text, _>(UNAPPLYING_SOURCE.as_str())
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DocumentPlace {
                id: row.id,
                remittance: row.remittance_id,
                trace_number: row.trace_number,
                file: row.file_id,
                bytes: Bytes::stored(row.first_byte, row.last_byte)?,
                segment: row.segment,
            })
        })
        .collect()
}
