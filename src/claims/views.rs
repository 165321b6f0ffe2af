//! Claims as a list to work through: views by status, and the rows of one view.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::claims::lifecycle::Status;
use crate::claims::store::StatusCount;
use crate::db::Tx;
use crate::types::{ClaimId, Money, PersonName, Phi, Result};

/// A named part of all claims. A tab, its count and its rows ask the same question: the
/// statuses of [`View::statuses`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Something waits for a person.
    #[default]
    NeedsAction,
    /// The scrubber stopped it.
    Held,
    /// Not sent yet, and nothing stops it.
    ToSend,
    /// Sent; the payer has not decided.
    WithPayer,
    /// Turned away before adjudication.
    Rejected,
    /// Denied, whole or in part, or disputed.
    Denied,
    /// Settled by the payer.
    Paid,
    /// Nothing is left to do with this payer.
    Done,
    /// Every claim.
    All,
}

impl View {
    /// In the order of the tabs.
    pub const TABS: [View; 9] = [
        View::NeedsAction,
        View::Held,
        View::ToSend,
        View::WithPayer,
        View::Rejected,
        View::Denied,
        View::Paid,
        View::Done,
        View::All,
    ];

    /// The word in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            View::NeedsAction => "needs-action",
            View::Held => "held",
            View::ToSend => "to-send",
            View::WithPayer => "with-payer",
            View::Rejected => "rejected",
            View::Denied => "denied",
            View::Paid => "paid",
            View::Done => "done",
            View::All => "all",
        }
    }

    /// From the word in an address.
    #[must_use]
    pub fn from_word(word: &str) -> Option<View> {
        View::TABS.into_iter().find(|view| view.as_str() == word)
    }

    /// The words on a page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            View::NeedsAction => "Needs action",
            View::Held => "Held",
            View::ToSend => "To send",
            View::WithPayer => "With payer",
            View::Rejected => "Rejected",
            View::Denied => "Denied",
            View::Paid => "Paid",
            View::Done => "Done",
            View::All => "All",
        }
    }

    /// The statuses of its claims.
    #[must_use]
    pub const fn statuses(self) -> &'static [Status] {
        match self {
            View::NeedsAction => &[Status::Held, Status::Rejected, Status::Denied, Status::PartiallyPaid],
            View::Held => &[Status::Held],
            View::ToSend => &[Status::Draft, Status::Ready, Status::Queued],
            View::WithPayer => &[Status::Submitted, Status::Acknowledged, Status::Accepted, Status::Pending],
            View::Rejected => &[Status::Rejected],
            View::Denied => &[Status::Denied, Status::PartiallyPaid, Status::Appealed],
            View::Paid => &[Status::Paid],
            View::Done => &[Status::Closed, Status::Replaced, Status::Voided],
            View::All => &Status::ALL,
        }
    }

    /// How many claims the view has and what they charge, from the counts by status.
    #[must_use]
    pub fn total(self, counts: &[StatusCount]) -> (i64, Money) {
        let of_view = || counts.iter().filter(|count| self.statuses().contains(&count.status));
        (of_view().map(|count| count.claims).sum(), of_view().map(|count| count.charged).sum())
    }
}

/// A claim as a row.
#[derive(Clone, Debug)]
pub struct ViewRow {
    /// The claim.
    pub id: ClaimId,
    /// The claim under which the ledger keeps the visit's money.
    pub account_claim: ClaimId,
    /// Its newest control number (CLM01), once it has one.
    pub number: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// SBR01: `P`, `S` …
    pub sequence: String,
    /// Who was treated.
    pub patient: Phi<PersonName>,
    /// Who is asked.
    pub payer: String,
    /// The first day of service.
    pub service_from: Option<NaiveDate>,
    /// What is asked.
    pub charged: Money,
    /// What stops it, when the scrubber held it: its first finding.
    pub stopped_by: Option<String>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: ClaimId,
    #[diesel(sql_type = Uuid)]
    account_claim_id: ClaimId,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    sequence: String,
    #[diesel(sql_type = Text)]
    last_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = Nullable<Date>)]
    service_from: Option<NaiveDate>,
    #[diesel(sql_type = Numeric)]
    charged: Money,
    #[diesel(sql_type = Nullable<Text>)]
    stopped_by: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// The next claims of a view, oldest first: those after `after`, at most `limit`. One query.
pub async fn view(tx: &mut Tx, view: View, after: Option<ClaimId>, limit: i64) -> Result<Vec<ViewRow>> {
    let statuses: Vec<&str> = view.statuses().iter().map(|status| status.as_str()).collect();
    let rows: Vec<Row> = diesel::sql_query(
        "select c.id, c.account_claim_id, c.status, c.sequence, p.last_name, p.first_name, y.name as payer,
            c.service_from, c.charged, c.created_at,
            (select f ->> 'message' from jsonb_array_elements(c.findings) f
             where f ->> 'severity' = 'stop' limit 1) as stopped_by,
            (select s.control_number from submissions s
             where s.organization_id = c.organization_id and s.claim_id = c.id
             order by s.id desc limit 1) as number
         from claims c
         join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
         join payers y on y.organization_id = c.organization_id and y.id = c.payer_id
         where c.organization_id = $1 and c.status = any ($2) and ($3::uuid is null or c.id > $3)
         order by c.id limit $4",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Text>, _>(statuses)
    .bind::<Nullable<Uuid>, _>(after)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ViewRow {
                id: row.id,
                account_claim: row.account_claim_id,
                number: row.number,
                status: row.status.parse()?,
                sequence: row.sequence,
                patient: Phi::new(PersonName {
                    last: row.last_name,
                    first: row.first_name,
                    middle: None,
                    suffix: None,
                }),
                payer: row.payer,
                service_from: row.service_from,
                charged: row.charged,
                stopped_by: row.stopped_by,
                created_at: row.created_at,
            })
        })
        .collect()
}
