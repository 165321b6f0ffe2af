//! What is reported to Medicare each quarter: its over-payments that are not repaid (form CMS-838).
//!
//! A provider reports within 30 days after each calendar quarter which credit balances of Medicare its books have
//! on the quarter's last day, or that they have none, and how each is repaid (Medicare Financial Management Manual,
//! Pub. 100-06, chapter 12; 42 CFR 413.20(b), 489.20(h)). Who bills a contractor for part B by the 837P owes it no
//! form, but the money all the same, within 60 days (42 CFR 401.305): the list serves both.
//!
//! - An *over-payment* is what a payer whose filing indicator is MA, MB or 16 has paid too much for a visit: its
//!   receivable below zero, and what of it is owed back and not paid yet (refunds payable). One that was owed back
//!   is outstanding until the check goes out.
//! - What is said is as of a day: what was booked by then, decided by then, and which decisions stood then. So the
//!   report of a closed quarter is the same whenever it is asked for; names, member ids and coverages are as they
//!   are on file now.
//! - The *reason* is read from the decisions that stood: two payments of the payer for the visit (1), a payment of
//!   another payer as the first one (2), anything else (3).
//!
//! - Money of Medicare that *waits* among its remittances' exceptions is not on the form, since nobody has determined
//!   what it is; it stands below, with what it would be ([`WaitingFor`]). An over-payment that waits as an exception
//!   is on its visit already, so the form has it. So all of Medicare's money that is not the practice's is in the
//!   report once ([`MedicareAccounts`]).
//!
//! Deliberately absent: what the form asks and nobody here can know ([`LEFT_BLANK`]); money of remittances whose payer
//! is not known; sending the report.

pub mod api;
mod form;
pub mod pages;
mod store;
mod waiting;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::credits::model::{CreditError, REPORT_DAYS};
use crate::db::Tx;
use crate::registry::{organizations, providers};
use crate::types::{ClaimId, Money, PatientId, PayerId, PersonName, Phi, Quarter, Result};

pub use waiting::{MedicareAccounts, MedicareWaiting, MedicareWaitingTotals, WaitingFor};

pub(super) use store::{INDICATORS, outstanding};
pub(super) use waiting::held;

/// Days after the quarter in which the report is due: the 30th of the month that follows.
const DUE_DAYS: u64 = 30;

/// Which part of Medicare paid: the form keeps them on separate pages. What an Advantage plan (part C) paid goes
/// back to the plan, not to the contractor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = MedicarePart)]
pub enum Part {
    /// MA.
    A,
    /// MB.
    B,
    /// 16: Medicare Advantage.
    C,
}

impl Part {
    /// By the payer's filing indicator (SBR09).
    fn of(indicator: &str) -> Option<Part> {
        match indicator {
            "MA" => Some(Part::A),
            "MB" => Some(Part::B),
            "16" => Some(Part::C),
            _ => None,
        }
    }

    /// Its letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Part::A => "A",
            Part::B => "B",
            Part::C => "C",
        }
    }
}

/// How it is repaid: column 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MedicareRepaymentMethod)]
pub enum Method {
    /// Owed back by a check, or a transfer, of ours.
    #[serde(rename = "C")]
    Check,
    /// The payer takes it back with its adjustment of the claim.
    #[serde(rename = "X")]
    Adjustment,
    /// A part of it so, a part so.
    #[serde(rename = "Z")]
    Both,
}

impl Method {
    /// The form's letter.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Method::Check => "C",
            Method::Adjustment => "X",
            Method::Both => "Z",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Method::Check => "Check",
            Method::Adjustment => "Adjustment claim",
            Method::Both => "Check and adjustment claim",
        }
    }
}

/// Why there is a credit balance: column 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MedicareCreditReason)]
pub enum Reason {
    /// Medicare paid twice.
    #[serde(rename = "1")]
    DuplicatePayment,
    /// Another payer paid as the first one (Medicare secondary payer).
    #[serde(rename = "2")]
    PrimaryPayer,
    /// Anything else; the form wants it explained.
    #[serde(rename = "3")]
    Other,
}

impl Reason {
    /// The form's digit.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Reason::DuplicatePayment => "1",
            Reason::PrimaryPayer => "2",
            Reason::Other => "3",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Reason::DuplicatePayment => "Duplicate payment",
            Reason::PrimaryPayer => "Primary payment by another payer",
            Reason::Other => "Other",
        }
    }
}

/// A field of the form that is left to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MedicareFieldLeftBlank)]
pub struct LeftBlank {
    /// What the form calls it.
    pub field: &'static str,
    /// Why it is blank here.
    pub why: &'static str,
}

/// What the form asks and is left blank.
pub const LEFT_BLANK: [LeftBlank; 8] = [
    LeftBlank {
        field: "Provider number (six digits)",
        why: "the certification number is not kept here; the NPI stands in its place",
    },
    LeftBlank {
        field: "Type of bill (4)",
        why: "only professional claims are billed here, and those have none",
    },
    LeftBlank { field: "Cost report, open or closed (8)", why: "cost reports are not kept here" },
    LeftBlank {
        field: "Method of payment (11)",
        why: "blank where nobody has decided yet how a credit goes back",
    },
    LeftBlank {
        field: "Value code (14)",
        why: "blank where the coverage does not say why Medicare comes second",
    },
    LeftBlank {
        field: "Primary payer, billing address (15)",
        why: "payers are kept without their addresses",
    },
    LeftBlank { field: "Explanation of reason 3 (15)", why: "what happened is for a person to say" },
    LeftBlank {
        field: "Certification: signature, title, date, low utilization",
        why: "an officer or administrator signs it",
    },
];

/// One claim of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedicareCredit {
    /// Who paid too much.
    pub payer: PayerId,
    /// How the payer is called.
    pub payer_name: String,
    /// Which part of Medicare that is.
    pub part: Part,
    /// The visit's account claim; none for what is owed back for no single visit.
    pub claim: Option<ClaimId>,
    /// CLP01 of the decision that is reported: the number under which the claim was sent.
    pub number: Option<String>,
    /// Who was treated.
    pub patient: Option<PatientId>,
    /// The beneficiary's name (1).
    #[serde(skip)]
    pub patient_name: Option<Phi<PersonName>>,
    /// The member id of the coverage, which is the MBI (2).
    #[schema(value_type = Option<String>)]
    pub member_id: Option<Phi<String>>,
    /// CLP07 of the newest decision that stood: the ICN (3).
    pub payer_claim_control_number: Option<String>,
    /// The first day of service (5).
    pub service_from: Option<NaiveDate>,
    /// The last day of service (6).
    pub service_thru: Option<NaiveDate>,
    /// The day of that decision's payment (7).
    pub paid_on: Option<NaiveDate>,
    /// The credit balance (9): what is outstanding, and what of it was repaid in the quarter.
    pub amount: Money,
    /// What was repaid in the quarter (10).
    pub repaid: Money,
    /// How it goes back (11); none while nobody has decided.
    pub method: Option<Method>,
    /// What is outstanding (12).
    pub outstanding: Money,
    /// Why (13).
    pub reason: Reason,
    /// What the reason is read from, without patient data.
    pub why: Option<String>,
    /// The value code of the first payer's payment (14): the coverage's SBR05, which has the same codes.
    pub value_code: Option<String>,
    /// Who paid first (15), when that is the reason.
    pub primary_payer: Option<String>,
    /// Since when it is known: the business date of the entry that made it a credit.
    pub since: NaiveDate,
    /// Days since then.
    pub days: i64,
    /// The last of the 60 days.
    pub return_by: NaiveDate,
    /// That day is over.
    pub late: bool,
    /// It was open on the last day of the quarter before, so that quarter's report has it: the form wants each
    /// credit balance once.
    pub reported_before: bool,
}

/// What some of the report's claims come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedicareTotals {
    /// How many.
    pub credits: usize,
    /// Their credit balances.
    pub amount: Money,
    /// What was repaid of them in the quarter.
    pub repaid: Money,
    /// What is outstanding.
    pub outstanding: Money,
    /// How many are late.
    pub late: usize,
    /// What of these is outstanding.
    pub late_outstanding: Money,
}

/// The credit balances of Medicare as of a day of a quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedicareReport {
    /// The quarter.
    pub quarter: Quarter,
    /// What is booked by this day counts.
    pub as_of: NaiveDate,
    /// It is the quarter's last day: the report itself, not a look ahead.
    pub is_final: bool,
    /// The day by which the report is due.
    pub due_on: NaiveDate,
    /// The practice.
    pub practice: String,
    /// Its billing provider's NPI.
    pub npi: Option<String>,
    /// Whom to ask about it.
    pub contact: Option<String>,
    /// Their telephone.
    pub telephone: Option<String>,
    /// There are no Medicare credit balances to report: the form is sent all the same.
    pub nothing_to_report: bool,
    /// Each, by payer and age.
    pub credits: Vec<MedicareCredit>,
    /// What they come to.
    pub totals: MedicareTotals,
    /// How many were repaid whole in the quarter, and are not listed.
    pub repaid_whole: usize,
    /// What was repaid of those.
    pub repaid_whole_amount: Money,
    /// What waits for a decision and is not on the form: what is in excess first, the oldest first.
    pub waiting: Vec<MedicareWaiting>,
    /// What that comes to.
    pub waiting_totals: MedicareWaitingTotals,
    /// Where all of it is by the ledger.
    pub accounts: MedicareAccounts,
    /// What the form asks and is left blank.
    pub left_blank: Vec<LeftBlank>,
}

/// Said instead of claims where there are none.
pub const NOTHING_TO_REPORT: &str = "No Medicare credit balances to report for this quarter";

/// The report that is asked for. When no quarter is said: that of the day, else the last one that is over; when no
/// day is: the quarter's last one, or today while it goes on.
///
/// # Errors
/// As [`report`].
pub async fn asked(
    tx: &mut Tx,
    now: DateTime<Utc>,
    quarter: Option<Quarter>,
    as_of: Option<NaiveDate>,
) -> Result<MedicareReport> {
    let today = organizations::today(tx, now).await?;
    let quarter = quarter.or(as_of.map(Quarter::of)).unwrap_or_else(|| Quarter::of(today).previous());
    let until = if quarter.has(today) { today } else { quarter.last() };
    report(tx, quarter, as_of.unwrap_or(until)).await
}

/// The report of a quarter, as of its last day or another one.
///
/// # Errors
/// `credits/as-of` when the day is not in the quarter.
pub async fn report(tx: &mut Tx, quarter: Quarter, as_of: NaiveDate) -> Result<MedicareReport> {
    if !quarter.has(as_of) {
        return Err(CreditError::AsOf { as_of, quarter }.into());
    }
    let practice = organizations::current(tx).await?;
    let biller = providers::billing(tx).await?.into_iter().next();
    let rows = store::over_payments(tx, quarter, as_of).await?;
    let (open, repaid): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.outstanding.is_positive());
    let (payers, held) = held(tx, as_of).await?;
    let accounts = MedicareAccounts {
        insurance_ar: open.iter().map(|row| row.receivable).sum(),
        refunds_payable: open.iter().map(|row| row.payable).sum(),
        unapplied_cash: held.iter().map(|one| one.unapplied_cash).sum(),
        suspense: held.iter().map(|one| one.suspense).sum(),
    };
    let waiting = waiting::told(&payers, &held, as_of)?;
    let visits: Vec<ClaimId> = open.iter().filter_map(|row| row.claim).collect();
    let decisions = store::decisions(tx, &visits, as_of).await?;
    let credits = open
        .into_iter()
        .map(|row| credit(row, &decisions, quarter, as_of))
        .collect::<Result<Vec<MedicareCredit>>>()?;
    let contact = practice.submitter.map(|submitter| submitter.contact);
    Ok(MedicareReport {
        quarter,
        as_of,
        is_final: as_of == quarter.last(),
        due_on: quarter.last() + Days::new(DUE_DAYS),
        practice: practice.name,
        npi: biller.map(|provider| provider.npi.to_string()),
        telephone: contact.as_ref().map(|contact| contact.telephone.to_string()),
        contact: contact.map(|contact| contact.name),
        nothing_to_report: credits.is_empty(),
        totals: MedicareTotals::of(&credits),
        credits,
        repaid_whole: repaid.len(),
        repaid_whole_amount: repaid.iter().map(|row| row.repaid).sum(),
        waiting_totals: MedicareWaitingTotals::of(&waiting),
        waiting,
        accounts,
        left_blank: LEFT_BLANK.to_vec(),
    })
}

impl MedicareTotals {
    fn of(credits: &[MedicareCredit]) -> MedicareTotals {
        let late = || credits.iter().filter(|credit| credit.late);
        MedicareTotals {
            credits: credits.len(),
            amount: credits.iter().map(|credit| credit.amount).sum(),
            repaid: credits.iter().map(|credit| credit.repaid).sum(),
            outstanding: credits.iter().map(|credit| credit.outstanding).sum(),
            late: late().count(),
            late_outstanding: late().map(|credit| credit.outstanding).sum(),
        }
    }
}

/// A decision that stood on the day and paid something.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Paid {
    visit: ClaimId,
    payer: PayerId,
    payer_name: String,
    /// CLP01.
    number: String,
    /// CLP07.
    payer_claim_control_number: Option<String>,
    /// The payer decided as the first one (CLP02 1 or 19).
    is_primary: bool,
    /// A part of a claim that the payer split (MA15): several of them are one payment.
    is_part: bool,
    amount: Money,
    on: Option<NaiveDate>,
}

fn credit(
    row: store::OverPayment,
    decisions: &[Paid],
    quarter: Quarter,
    as_of: NaiveDate,
) -> Result<MedicareCredit> {
    let part = Part::of(&row.filing_indicator)
        .ok_or_else(|| anyhow::anyhow!("{} is no payer of Medicare", row.payer))?;
    let of_visit = || decisions.iter().filter(|paid| Some(paid.visit) == row.claim);
    let own: Vec<&Paid> = of_visit().filter(|paid| paid.payer == row.payer).collect();
    let first = of_visit().rfind(|paid| paid.payer != row.payer && paid.is_primary);
    let (reason, why) = reason(&own, first);
    // Of two payments the form wants the one that was made last.
    let newest = own.last();
    let is_second = reason == Reason::PrimaryPayer;
    let by_check = row.payable.is_positive() || row.repaid.is_positive();
    let by_adjustment = row.waits && row.receivable.is_positive();
    let return_by = row.since + Days::new(REPORT_DAYS);
    Ok(MedicareCredit {
        payer: row.payer,
        payer_name: row.payer_name,
        part,
        claim: row.claim,
        number: newest.map(|paid| paid.number.clone()),
        patient: row.patient,
        patient_name: row.patient_name,
        member_id: row.member_id,
        payer_claim_control_number: newest.and_then(|paid| paid.payer_claim_control_number.clone()),
        service_from: row.service_from,
        service_thru: row.service_thru,
        paid_on: newest.and_then(|paid| paid.on),
        amount: row.outstanding + row.repaid,
        repaid: row.repaid,
        method: match (by_check, by_adjustment) {
            (true, true) => Some(Method::Both),
            (true, false) => Some(Method::Check),
            (false, true) => Some(Method::Adjustment),
            (false, false) => None,
        },
        outstanding: row.outstanding,
        reason,
        why,
        value_code: row.medicare_secondary.filter(|_| is_second),
        primary_payer: first.filter(|_| is_second).map(|paid| paid.payer_name.clone()),
        since: row.since,
        days: (as_of - row.since).num_days(),
        return_by,
        late: as_of > return_by,
        reported_before: row.booked_on < quarter.first(),
    })
}

/// Why there is a credit: from what the payer paid for the visit, oldest first, and what another one paid as the
/// first payer. Medicare that decided as the first payer, too, was paid for by both; Medicare that paid twice as
/// the second one has paid twice.
fn reason(own: &[&Paid], first: Option<&Paid>) -> (Reason, Option<String>) {
    let said = |paid: &Paid| match paid.on {
        Some(day) => format!("{} of {day}", paid.amount),
        None => paid.amount.to_string(),
    };
    let twice = own.iter().filter(|paid| !paid.is_part).count() > 1;
    let paid_first = own.last().is_none_or(|newest| newest.is_primary);
    match first {
        Some(first) if paid_first || !twice => {
            let why = format!("{} paid {} as the first payer", first.payer_name, said(first));
            (Reason::PrimaryPayer, Some(why))
        }
        _ if twice => {
            let all: Vec<String> = own.iter().map(|paid| said(paid)).collect();
            (Reason::DuplicatePayment, Some(format!("both stand: {}", all.join(" and "))))
        }
        _ => (Reason::Other, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(cents: i64, day: &str, is_primary: bool) -> Paid {
        Paid {
            visit: ClaimId::new(),
            payer: PayerId::new(),
            payer_name: "Acme Health".into(),
            number: "ELM1".into(),
            payer_claim_control_number: None,
            is_primary,
            is_part: false,
            amount: Money::from_cents(cents),
            on: day.parse().ok(),
        }
    }

    fn check(own: &[Paid], first: Option<&Paid>, code: &str, why: &str) {
        let own: Vec<&Paid> = own.iter().collect();
        let (reason, said) = reason(&own, first);
        assert_eq!((reason.code(), said.unwrap_or_default().as_str()), (code, why));
    }

    #[test]
    fn the_reason_is_read_from_who_paid_as_what() {
        let (one, other) = (paid(11_700, "2026-03-30", true), paid(4_000, "2026-04-01", true));
        let acme = paid(12_000, "2026-04-02", true);
        let twice = "both stand: 117.00 of 2026-03-30 and 40.00 of 2026-04-01";
        let acme_first = "Acme Health paid 120.00 of 2026-04-02 as the first payer";
        check(&[one.clone(), other.clone()], None, "1", twice);
        check(std::slice::from_ref(&one), Some(&acme), "2", acme_first);
        check(&[one.clone(), other.clone()], Some(&acme), "2", acme_first);
        check(std::slice::from_ref(&one), None, "3", "");
        check(&[], None, "3", "");
        // Medicare came second, as it should, and paid its share twice.
        let second = |cents, day| paid(cents, day, false);
        let shares = [second(2_000, "2026-04-03"), second(2_000, "2026-04-10")];
        check(&shares, Some(&acme), "1", "both stand: 20.00 of 2026-04-03 and 20.00 of 2026-04-10");
        check(&shares[..1], Some(&acme), "2", acme_first);
        // The parts of a split claim are one payment.
        let parts = [one, other].map(|part| Paid { is_part: true, ..part });
        check(&parts, None, "3", "");
    }
}
