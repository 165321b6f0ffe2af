//! Denials as they are worked: with the person, the payer and the place in the 835.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::db::{Tx, kept, kept_once};
use crate::denials::{After, Category};
use crate::types::{
    Bytes, Carc, ClaimId, DenialId, FileId, GroupCode, Money, PersonName, Phi, Rarc, Refusal, RemittanceId,
    Result, Status,
};

/// A denial with what a person needs to work it.
#[derive(Clone, Debug)]
pub struct WorkItem {
    /// The denial.
    pub id: DenialId,
    /// The claim that was denied, whole or in part.
    pub claim: ClaimId,
    /// The line of that claim; none when the whole claim was denied or the line is not ours.
    pub claim_line_no: Option<i16>,
    /// What was billed on the line.
    pub procedure: Option<String>,
    /// The claim's newest control number.
    pub number: Option<String>,
    /// Who was treated.
    pub patient: Phi<PersonName>,
    /// Who denied.
    pub payer: String,
    /// The first day of service.
    pub service_from: Option<NaiveDate>,
    /// CAS01.
    pub group: GroupCode,
    /// CAS02.
    pub reason: Carc,
    /// RARCs.
    pub remarks: Vec<Rarc>,
    /// What is at stake.
    pub amount: Money,
    /// What repairs it.
    pub category: Category,
    /// The share that is expected back.
    pub overturn_rate: Decimal,
    /// Amount times share.
    pub expected_recovery: Money,
    /// The last day to appeal or send again.
    pub appeal_by: NaiveDate,
    /// The queue's order.
    pub priority: Money,
    /// The priority's arithmetic, as of `opened_on`.
    pub why: String,
    /// The word for where it stands: `open`, `working` …
    pub state: String,
    /// When it was ranked.
    pub opened_on: NaiveDate,
    /// The remittance that denied.
    pub remittance: RemittanceId,
    /// BPR16 of it.
    pub paid_on: Option<NaiveDate>,
    /// The 835.
    pub file: FileId,
    /// First and last byte of the SVC loop, or of the CLP loop when the whole claim was denied.
    pub bytes: Bytes,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: DenialId,
    #[diesel(sql_type = Uuid)]
    claim_id: ClaimId,
    #[diesel(sql_type = Nullable<SmallInt>)]
    claim_line_no: Option<i16>,
    #[diesel(sql_type = Nullable<Text>)]
    procedure: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Text)]
    last_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = Nullable<Date>)]
    service_from: Option<NaiveDate>,
    #[diesel(sql_type = Text)]
    group_code: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Array<Text>)]
    remarks: Vec<String>,
    #[diesel(sql_type = Numeric)]
    amount: Money,
    #[diesel(sql_type = Text)]
    category: String,
    #[diesel(sql_type = Numeric)]
    overturn_rate: Decimal,
    #[diesel(sql_type = Numeric)]
    expected_recovery: Money,
    #[diesel(sql_type = Date)]
    appeal_by: NaiveDate,
    #[diesel(sql_type = Numeric)]
    priority: Money,
    #[diesel(sql_type = Text)]
    why: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Date)]
    opened_on: NaiveDate,
    #[diesel(sql_type = Uuid)]
    remittance_id: RemittanceId,
    #[diesel(sql_type = Nullable<Date>)]
    paid_on: Option<NaiveDate>,
    #[diesel(sql_type = Uuid)]
    file_id: FileId,
    #[diesel(sql_type = BigInt)]
    first_byte: i64,
    #[diesel(sql_type = BigInt)]
    last_byte: i64,
}

impl Row {
    fn read(self) -> Result<WorkItem> {
        let remarks = self.remarks.iter().map(|r| Rarc::parse(r)).collect::<std::result::Result<_, _>>();
        Ok(WorkItem {
            id: self.id,
            claim: self.claim_id,
            claim_line_no: self.claim_line_no,
            procedure: self.procedure,
            number: self.number,
            patient: Phi::new(PersonName {
                last: self.last_name,
                first: self.first_name,
                middle: None,
                suffix: None,
            }),
            payer: self.payer,
            service_from: self.service_from,
            group: self.group_code.parse().map_err(anyhow::Error::from)?,
            reason: self.reason.parse().map_err(anyhow::Error::from)?,
            remarks: remarks.map_err(anyhow::Error::from)?,
            amount: self.amount,
            category: self.category.parse()?,
            overturn_rate: self.overturn_rate,
            expected_recovery: self.expected_recovery,
            appeal_by: self.appeal_by,
            priority: self.priority,
            why: self.why,
            state: self.state,
            opened_on: self.opened_on,
            remittance: self.remittance_id,
            paid_on: self.paid_on,
            file: self.file_id,
            bytes: Bytes::stored(self.first_byte, self.last_byte)?,
        })
    }
}

/// An item of `denials d`, which is named between the two.
const ITEM: &str = "select d.id, d.claim_id, l.claim_line_no, l.procedure, p.last_name, p.first_name,
        y.name as payer, c.service_from, d.group_code, d.reason, d.remarks, d.amount, d.category, d.overturn_rate,
        d.expected_recovery, d.appeal_by, d.priority, d.why, d.state, d.opened_on, rc.remittance_id, r.paid_on,
        r.file_id, coalesce(l.first_byte, rc.first_byte) as first_byte,
        coalesce(l.last_byte, rc.last_byte) as last_byte,
        (select s.control_number from submissions s where s.organization_id = d.organization_id
            and s.claim_id = d.claim_id order by s.id desc limit 1) as number";

const ITS_CLAIM: &str = "join claims c on c.organization_id = d.organization_id and c.id = d.claim_id
     join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
     join payers y on y.organization_id = c.organization_id and y.id = c.payer_id
     join remit_claims rc on rc.organization_id = d.organization_id and rc.id = d.remit_claim_id
     join remittances r on r.organization_id = rc.organization_id and r.id = rc.remittance_id
     left join remit_lines l on l.organization_id = d.organization_id and l.remit_claim_id = d.remit_claim_id
        and l.line_no = d.line_no";

/// The next items of the queue, most worth working first. One query.
pub async fn items(tx: &mut Tx, after: Option<After>, limit: i64) -> Result<Vec<WorkItem>> {
    // What is listed is chosen first, by index: joined first, all open denials of the practice would be.
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{ITEM} from (select * from denials where organization_id = $1 and state in ('open', 'working')
            and ($2::uuid is null or priority < $3 or (priority = $3 and id > $2))
            order by priority desc, id limit $4) d
         {ITS_CLAIM} order by d.priority desc, d.id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Uuid>, _>(after.map(|after| after.id))
    .bind::<Nullable<Numeric>, _>(after.map(|after| after.priority))
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One item, open or not.
///
/// # Errors
/// `denials/not-found` when it is not there or another practice's.
pub async fn item(tx: &mut Tx, id: DenialId) -> Result<WorkItem> {
    let row: Option<Row> =
        kept_once!(format!("{ITEM} from denials d {ITS_CLAIM} where d.organization_id = $1 and d.id = $2"))
            .bind::<Uuid, _>(tx.actor().organization)
            .bind::<Uuid, _>(id)
            .get_result(tx.conn())
            .await
            .optional()?;
    let not_found = || {
        let detail = format!("there is no denial {id}");
        Refusal::new("denials/not-found", Status::NotFound, detail, "Check the id")
    };
    row.ok_or_else(not_found)?.read()
}

/// The items of a claim, open or not, most worth working first.
pub async fn of_claim(tx: &mut Tx, claim: ClaimId) -> Result<Vec<WorkItem>> {
    let rows: Vec<Row> = kept_once!(format!(
        "{ITEM} from denials d {ITS_CLAIM} where d.organization_id = $1 and d.claim_id = $2
         order by d.priority desc, d.id"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Uuid, _>(claim)
    .load(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// What is worked first of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// CAS01 and CAS02: `CO-197`.
    pub code: String,
    /// What repairs it.
    pub category: Category,
    /// The last day.
    pub appeal_by: NaiveDate,
}

/// The open item to be worked first of each of these claims. One query.
pub async fn first_of(tx: &mut Tx, claims: &[ClaimId]) -> Result<HashMap<ClaimId, First>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Text)]
        code: String,
        #[diesel(sql_type = Text)]
        category: String,
        #[diesel(sql_type = Date)]
        appeal_by: NaiveDate,
    }
    let rows: Vec<Row> = kept(
        "select distinct on (claim_id) claim_id, group_code || '-' || reason as code, category, appeal_by
         from denials where organization_id = $1 and claim_id = any ($2) and state in ('open', 'working')
         order by claim_id, priority desc, id",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let first = First { code: row.code, category: row.category.parse()?, appeal_by: row.appeal_by };
            Ok((row.claim_id, first))
        })
        .collect()
}
