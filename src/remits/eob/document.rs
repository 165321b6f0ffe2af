//! An entered EOB as a document: canonical JSON, so that it is kept, shown and read again like a
//! file that came in, and its claims and lines have their bytes. Pure.
//!
//! Canonical means: what is read is exactly what would be written. So the place of a claim or a line is
//! where it was written, and a document that somebody has edited is none.

use std::io::{self, Read};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::claims::model::Adjustment;
use crate::exchange::content::Content;
use crate::remits::balance::Balance;
use crate::remits::map_835::Verdict;
use crate::remits::model::{ClaimStatus, ProviderAdjustment, RemitClaim, RemitLine, Remittance, Unreadable};
use crate::remits::payee::{Payee, PayeeNumber};
use crate::types::{Bytes, Carc, GroupCode, MemberId, Money, PayerId, PersonName, Phi, Rarc};

/// How every such document begins; the version is the format's.
const BEGIN: &str = "{\"document\":\"firstpass-eob/1\",\n";

/// True for a document of an entered EOB, whatever is in it.
///
/// # Errors
/// The content cannot be read.
pub fn is_entered(content: &Content<'_>) -> io::Result<bool> {
    let mut begin = vec![];
    content.read_from(0).take(BEGIN.len() as u64).read_to_end(&mut begin)?;
    Ok(begin == BEGIN.as_bytes())
}

/// What a person enters of an EOB.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Eob {
    /// Who pays.
    pub payer: PayerId,
    /// The number of the check or EFT.
    pub number: String,
    /// The day of the payment.
    pub paid_on: NaiveDate,
    /// What is paid; 0 for a notice without payment.
    pub amount: Money,
    /// By what.
    pub method: EobMethod,
    /// What it decides.
    #[serde(default)]
    pub claims: Vec<EobClaim>,
    /// What is moved outside of claims.
    #[serde(default)]
    pub provider_adjustments: Vec<EobProviderAdjustment>,
}

/// BPR04.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum EobMethod {
    /// A check.
    #[serde(rename = "CHK")]
    Check,
    /// An electronic payment through the ACH.
    #[serde(rename = "ACH")]
    Ach,
    /// A wire transfer.
    #[serde(rename = "FWT")]
    Wire,
    /// No payment.
    #[serde(rename = "NON")]
    NoPayment,
}

impl EobMethod {
    const fn code(self) -> &'static str {
        match self {
            EobMethod::Check => "CHK",
            EobMethod::Ach => "ACH",
            EobMethod::Wire => "FWT",
            EobMethod::NoPayment => "NON",
        }
    }
}

/// What an EOB says of one claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EobClaim {
    /// The claim's control number (CLM01); `0` when the EOB has none of ours.
    pub number: String,
    /// As CLP02: `1`, `2`, `3` processed as primary, secondary, tertiary, `22` a reversal.
    #[serde(default = "primary")]
    pub status: String,
    /// The payer's own number of the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_claim_control_number: Option<String>,
    /// The patient's last name, for a claim that is to be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_last_name: Option<String>,
    /// The patient's first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_first_name: Option<String>,
    /// The member number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    /// What was charged.
    pub charged: Money,
    /// What is paid for it; below zero in a reversal.
    #[serde(default)]
    pub paid: Money,
    /// What was adjusted on the claim as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<EobAdjustment>,
    /// Remark codes of the claim (RARC).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub remarks: Vec<Rarc>,
    /// Its services.
    #[serde(default)]
    pub lines: Vec<EobLine>,
}

fn primary() -> String {
    "1".to_owned()
}

/// What an EOB says of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EobLine {
    /// Our line's control number, which finds the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_number: Option<String>,
    /// The procedure.
    pub procedure: String,
    /// Its modifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<String>,
    /// The day of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_on: Option<NaiveDate>,
    /// What was charged.
    pub charged: Money,
    /// What the contract allows; enters no equation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Money>,
    /// What is paid for it.
    #[serde(default)]
    pub paid: Money,
    /// How many units are paid; left out is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub units: Option<Decimal>,
    /// What was adjusted, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<EobAdjustment>,
    /// Remark codes of the service (RARC).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub remarks: Vec<Rarc>,
}

/// A group, a reason and an amount, as a CAS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EobAdjustment {
    /// `CO`, `PR`, `OA`, `PI`.
    #[schema(value_type = String)]
    pub group: GroupCode,
    /// The reason (CARC).
    #[schema(value_type = String)]
    pub reason: Carc,
    /// Positive lowers the payment.
    pub amount: Money,
}

/// Money moved outside any claim, as a PLB amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EobProviderAdjustment {
    /// `WO`, `FB`, `L6` …
    pub reason: String,
    /// The payer's reference, often the number of a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Positive lowers the payment.
    pub amount: Money,
}

/// The payment, in names that mean the same in any database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Payment {
    payer: String,
    payer_name: String,
    payee_npi: String,
    number: String,
    paid_on: NaiveDate,
    amount: Money,
    method: EobMethod,
}

impl Payment {
    pub(super) fn of(eob: &Eob, payer: String, payer_name: String, payee_npi: String) -> Payment {
        let (paid_on, amount, method) = (eob.paid_on, eob.amount, eob.method);
        Payment {
            payer,
            payer_name,
            payee_npi,
            number: eob.number.trim().to_owned(),
            paid_on,
            amount,
            method,
        }
    }
}

/// A document: its text, and where in it each part stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    payment: Payment,
    payment_bytes: Bytes,
    claims: Vec<Placed<EobClaim>>,
    provider_adjustments: Vec<Placed<EobProviderAdjustment>>,
    text: String,
}

/// A part and its place; of a claim also its lines'.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed<T> {
    part: T,
    bytes: Bytes,
    lines: Vec<Bytes>,
}

/// The document as serde reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "document")]
    _format: String,
    payment: Payment,
    claims: Vec<EobClaim>,
    provider_adjustments: Vec<EobProviderAdjustment>,
}

impl Entered {
    /// The document of what was entered.
    #[must_use]
    pub(super) fn of(payment: Payment, eob: &Eob) -> Entered {
        Entered::write(payment, eob.claims.clone(), eob.provider_adjustments.clone())
    }

    fn write(
        payment: Payment,
        claims: Vec<EobClaim>,
        provider_adjustments: Vec<EobProviderAdjustment>,
    ) -> Entered {
        let mut text = BEGIN.to_owned();
        text.push_str("\"payment\":");
        let payment_bytes = push(&mut text, &payment);
        text.push_str(",\n\"claims\":[");
        let mut placed = vec![];
        for claim in claims {
            text.push_str(if placed.is_empty() { "\n" } else { ",\n" });
            let first = text.len() as u64;
            // The head is the claim without its lines, its last bracket taken away.
            let head = EobClaim { lines: vec![], ..claim.clone() };
            push(&mut text, &head);
            text.truncate(text.len() - "]}".len());
            let mut lines = vec![];
            for line in &claim.lines {
                text.push_str(if lines.is_empty() { "\n " } else { ",\n " });
                lines.push(push(&mut text, line));
            }
            text.push_str("]}");
            placed.push(Placed { part: claim, bytes: Bytes { first, last: text.len() as u64 - 1 }, lines });
        }
        text.push_str("],\n\"provider_adjustments\":[");
        let mut items = vec![];
        for item in provider_adjustments {
            text.push_str(if items.is_empty() { "\n" } else { ",\n" });
            let bytes = push(&mut text, &item);
            items.push(Placed { part: item, bytes, lines: vec![] });
        }
        text.push_str("]}\n");
        Entered { payment, payment_bytes, claims: placed, provider_adjustments: items, text }
    }

    /// From the bytes that were kept.
    ///
    /// # Errors
    /// [`Unreadable`] when they are not exactly what would be written.
    pub(in crate::remits) fn read(bytes: &[u8]) -> Result<Entered, Unreadable> {
        let fault = |message: &str| Unreadable {
            byte_offset: 0,
            segment: String::new(),
            message: message.to_owned(),
        };
        let Written { payment, claims, provider_adjustments, .. } = serde_json::from_slice(bytes)
            .map_err(|_may_repeat_the_value| fault("it is no EOB that was entered here"))?;
        let entered = Entered::write(payment, claims, provider_adjustments);
        if entered.text.as_bytes() == bytes {
            Ok(entered)
        } else {
            Err(fault("the EOB is not as it was entered"))
        }
    }

    /// The document's text, to be kept.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the kept file is called.
    #[must_use]
    pub fn file_name(&self) -> String {
        let number = self.payment.number.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        format!("eob-{number}.json")
    }

    /// Who pays how much.
    pub(in crate::remits) fn remittance(&self) -> Remittance {
        let Payment { payer, payer_name, payee_npi, number, paid_on, amount, method } = &self.payment;
        let payee = PayeeNumber { qualifier: "XX".to_owned(), number: payee_npi.clone() };
        Remittance {
            set_ordinal: 1,
            is_test: false,
            payer_name: payer_name.clone(),
            payer_identifiers: vec![payer.clone()],
            payee: Payee { numbers: vec![payee], bytes: self.payment_bytes },
            trace_number: number.clone(),
            payer_trace_id: payer.clone(),
            handling: if *method == EobMethod::NoPayment { "H" } else { "I" }.to_owned(),
            paid: *amount,
            is_debit: false,
            method: method.code().to_owned(),
            paid_on: Some(*paid_on),
            produced_on: None,
            bytes: Bytes { first: 0, last: (self.text.len() as u64).saturating_sub(1) },
            payment_bytes: self.payment_bytes,
        }
    }

    /// Its claims, in order.
    pub(in crate::remits) fn claims(&self) -> impl Iterator<Item = RemitClaim> {
        (1..).zip(&self.claims).map(|(ordinal, claim)| remit_claim(ordinal, claim))
    }

    /// What it moves outside of claims, in order.
    pub(in crate::remits) fn provider_adjustments(&self) -> Vec<ProviderAdjustment> {
        (1..)
            .zip(&self.provider_adjustments)
            .map(|(ordinal, Placed { part, bytes, .. })| ProviderAdjustment {
                ordinal,
                reason: part.reason.clone(),
                reference: part.reference.clone(),
                amount: part.amount,
                bytes: *bytes,
            })
            .collect()
    }

    /// Does it add up?
    pub(in crate::remits) fn balance(&self) -> Verdict {
        let mut balance = Balance::open(self.remittance());
        for claim in self.claims() {
            balance.claim(&claim);
        }
        for adjustment in self.provider_adjustments() {
            balance.provider_adjustment(&adjustment);
        }
        balance.close()
    }
}

/// Writes a part, and says where.
fn push(text: &mut String, part: &impl Serialize) -> Bytes {
    let first = text.len() as u64;
    // Maps with keys that are no text cannot be written; there are none here.
    text.push_str(&serde_json::to_string(part).unwrap_or_default());
    Bytes { first, last: (text.len() as u64).saturating_sub(1) }
}

fn remit_claim(ordinal: u32, Placed { part, bytes, lines }: &Placed<EobClaim>) -> RemitClaim {
    let of_patients = |a: &&EobAdjustment| a.group == GroupCode::PatientResponsibility;
    let on_lines = part.lines.iter().flat_map(|line| &line.adjustments);
    let patient_responsibility =
        part.adjustments.iter().chain(on_lines).filter(of_patients).map(|a| a.amount).sum();
    RemitClaim {
        ordinal,
        patient_control_number: part.number.trim().to_owned(),
        status: ClaimStatus::from_code(&part.status),
        charged: part.charged,
        paid: part.paid,
        patient_responsibility,
        filing_indicator: None,
        payer_claim_control_number: part.payer_claim_control_number.clone(),
        patient: part.patient_last_name.as_ref().map(|last| {
            Phi::new(PersonName {
                last: last.clone(),
                first: part.patient_first_name.clone(),
                middle: None,
                suffix: None,
            })
        }),
        member_id: part.member_id.as_deref().and_then(|id| MemberId::parse(id).ok()),
        corrected_insured: None,
        forwarded_to: None,
        adjustments: adjustments(&part.adjustments),
        remarks: part.remarks.clone(),
        service_from: None,
        service_thru: None,
        lines: (1..)
            .zip(part.lines.iter().zip(lines))
            .map(|(line_no, (line, bytes))| RemitLine {
                line_no,
                control_number: line.control_number.clone(),
                procedure: line.procedure.clone(),
                modifiers: line.modifiers.clone(),
                billed_procedure: None,
                service_from: line.service_on,
                service_thru: None,
                charged: line.charged,
                paid: line.paid,
                units: line.units,
                allowed: line.allowed,
                adjustments: adjustments(&line.adjustments),
                remarks: line.remarks.clone(),
                bytes: *bytes,
            })
            .collect(),
        bytes: *bytes,
    }
}

fn adjustments(entered: &[EobAdjustment]) -> Vec<Adjustment> {
    entered
        .iter()
        .map(|a| Adjustment { group: a.group, reason: a.reason.clone(), amount: a.amount, quantity: None })
        .collect()
}
