//! Every sending of one claim, for its page.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Tx;
use crate::types::{ClaimId, FileId, Result};

/// A sending of a claim, and the file that it travelled in once it has one.
#[derive(Clone, Debug, QueryableByName)]
pub struct Attempt {
    /// CLM01.
    #[diesel(sql_type = Text)]
    pub control_number: String,
    /// When it was queued.
    #[diesel(sql_type = Timestamptz)]
    pub queued_at: DateTime<Utc>,
    /// ISA13 of its batch.
    #[diesel(sql_type = Nullable<Text>)]
    pub interchange_control_number: Option<String>,
    /// Where its batch stands.
    #[diesel(sql_type = Nullable<Text>)]
    pub batch_state: Option<String>,
    /// When its batch left.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub sent_at: Option<DateTime<Utc>>,
    /// The 837 file.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub file: Option<FileId>,
    /// Where the claim begins in it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub first_byte: Option<i64>,
    /// Its last byte there.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub last_byte: Option<i64>,
}

/// Every sending of a claim, newest first. One query.
pub async fn attempts(tx: &mut Tx, claim: ClaimId) -> Result<Vec<Attempt>> {
    Ok(diesel::sql_query(
        "select s.control_number, s.created_at as queued_at, b.interchange_control_number,
            b.state as batch_state, b.sent_at, b.file_id as file, s.first_byte, s.last_byte
         from submissions s
         left join batches b on b.organization_id = s.organization_id and b.id = s.batch_id
         where s.organization_id = $1 and s.claim_id = $2 order by s.id desc",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(claim)
    .load(tx.conn())
    .await?)
}
