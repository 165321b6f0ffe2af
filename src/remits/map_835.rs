//! 835 (005010X221A1) to remittances.
//!
//! A set is walked claim by claim, as often as somebody asks: only one claim at a time is in the
//! words of the model. What cannot be read is said with its place, and then the set is held: an
//! amount that is silently nothing would be worse than a payment that waits.

use chrono::NaiveDate;

use crate::claims::model::Adjustment;
use crate::remits::balance::{Balance, BalancedRemit, Held};
use crate::remits::model::{
    ClaimStatus, CorrectedInsured, ProviderAdjustment, RemitClaim, RemitLine, Remittance, Unreadable,
};
use crate::remits::payee::{Payee, PayeeNumber};
use crate::types::{Bytes, MemberId, Money, PersonName, Phi, Rarc};
use crate::x12::segments::{Cas, CreditDebit, Dtm, Nm1};
use crate::x12::x835::{self, ClaimPayment, Remittance as Advice, ServicePayment};
use crate::x12::{Body, File, Guide, Issue, Set, Source, Text, Written, read_file};

/// Whether a set adds up.
pub(super) type Verdict = Result<BalancedRemit, Box<Held>>;

/// The 835 sets of a file.
pub(super) struct Remits<'a> {
    file: File<'a>,
}

/// One 835 set of a file.
#[derive(Clone, Copy)]
pub(super) struct RemitSet<'f> {
    file: &'f File<'f>,
    set: &'f Set<'f>,
    /// Place of the ST in the file, from 1.
    pub ordinal: u32,
    is_test: bool,
    sender: Option<Text<'f>>,
}

/// Rules of the codec that say money may be missing from what was read. The rest (an unknown
/// segment, a wrong date) leaves the amounts whole, and the equations guard those.
const MONEY_MAY_BE_MISSING: [&str; 8] = [
    "x12/no-se",
    "x12/segment-count",
    "x12/set-control-number",
    "x12/no-last-terminator",
    "x12/invalid-number",
    "x12/fraction-of-a-cent",
    "x12/number-too-large",
    "x12/too-many-repeats",
];

/// Segments that carry money: a required element that is missing in one is money missing.
const MONEY: [&str; 5] = ["BPR", "CLP", "CAS", "SVC", "PLB"];

impl<'a> Remits<'a> {
    /// Reads a file. Nothing to post is an error: no X12, or no 835 in it.
    pub fn read(bytes: &'a [u8]) -> Result<Remits<'a>, Unreadable> {
        let file = read_file(bytes);
        // Sets may be missing: no money moves by the others.
        if let Some(limit) = file.passed {
            let message = limit.message().to_owned();
            return Err(Unreadable { byte_offset: 0, segment: String::new(), message });
        }
        let remits = Remits { file };
        if remits.sets().next().is_some() {
            return Ok(remits);
        }
        let is_x12 = remits.file.interchanges.iter().any(|interchange| interchange.header.is_some());
        let first = remits.file.issues.kept().first();
        Err(Unreadable {
            byte_offset: if is_x12 { 0 } else { first.map_or(0, |issue| issue.at.offset) },
            segment: String::new(),
            message: if is_x12 { "no transaction set in it is an 835" } else { "it is no X12 interchange" }
                .into(),
        })
    }

    /// Its 835 sets, in the order of the file.
    pub fn sets<'f>(&'f self) -> impl Iterator<Item = RemitSet<'f>> {
        let sets = self.file.interchanges.iter().flat_map(|interchange| {
            interchange
                .groups
                .iter()
                .flat_map(move |group| group.sets.iter().map(move |set| (interchange, set)))
        });
        (1..).zip(sets).filter(|(_, (_, set))| set.guide == Guide::Remittance).map(
            |(ordinal, (interchange, set))| {
                let header = interchange.header.as_ref();
                let is_test = header.and_then(|isa| isa.usage).is_some_and(|usage| usage == "T");
                let sender = header.and_then(|isa| isa.sender);
                RemitSet { file: &self.file, set, ordinal, is_test, sender }
            },
        )
    }
}

impl<'f> RemitSet<'f> {
    /// Walks the set once: does it add up, and can all of it be read?
    pub fn balance(&self) -> Verdict {
        let mut balance = Balance::open(self.remittance());
        for unreadable in self.faults() {
            balance.unreadable(unreadable);
        }
        for (claim, unreadable) in self.read_claims() {
            for fault in unreadable {
                balance.unreadable(fault);
            }
            balance.claim(&claim);
        }
        for adjustment in self.provider_adjustments() {
            balance.provider_adjustment(&adjustment);
        }
        balance.close()
    }

    /// Its claims, one at a time.
    pub fn into_claims(self) -> impl Iterator<Item = RemitClaim> + use<'f> {
        self.read_claims().map(|(claim, _)| claim)
    }

    fn read_claims(self) -> impl Iterator<Item = (RemitClaim, Vec<Unreadable>)> + use<'f> {
        let claims = self.advice().into_iter().flat_map(Advice::claims);
        (1..).zip(claims).map(|(ordinal, claim)| {
            let mut unreadable = vec![];
            (read_claim(ordinal, claim, &mut unreadable), unreadable)
        })
    }

    /// Its PLB amounts, in order.
    pub fn provider_adjustments(&self) -> Vec<ProviderAdjustment> {
        let segments = self.advice().into_iter().flat_map(|advice| &advice.provider_adjustments);
        let items = segments.flat_map(|plb| plb.adjustments.iter().map(move |item| (plb.source, item)));
        (1..)
            .zip(items)
            .map(|(ordinal, (source, item))| ProviderAdjustment {
                ordinal,
                reason: text(item.reason.reason),
                reference: optional(item.reason.reference),
                amount: item.amount,
                bytes: bytes(&source),
            })
            .collect()
    }

    fn advice(self) -> Option<&'f Advice<'f>> {
        match &self.set.body {
            Body::Remittance(advice) => Some(advice),
            _ => None,
        }
    }

    fn remittance(&self) -> Remittance {
        let first = self.set.header.source.offset();
        let inside = self.set.body.node().map_or(first, last_byte);
        let last = self.set.trailer.map_or(inside, |trailer| bytes(&trailer.source).last).max(first);
        let set_bytes = Bytes { first, last };
        let mut remittance = Remittance {
            set_ordinal: self.ordinal,
            is_test: self.is_test,
            payer_name: String::new(),
            payer_identifiers: vec![],
            payee: Payee { numbers: vec![], bytes: set_bytes },
            trace_number: String::new(),
            payer_trace_id: String::new(),
            handling: String::new(),
            paid: Money::ZERO,
            is_debit: false,
            method: String::new(),
            paid_on: None,
            produced_on: None,
            bytes: set_bytes,
            payment_bytes: set_bytes,
        };
        let Some(advice) = self.advice() else { return remittance };
        let (payment, trace, payer) = (&advice.payment, &advice.trace, &advice.payer);
        let is_2u = |qualifier: Text<'_>| qualifier == "2U";
        let additional = payer.references.iter().filter(|r| is_2u(r.qualifier)).filter_map(|r| r.identifier);
        // TRN03 is `1` and the payer's tax id.
        let all = additional.chain(payer.name.id).chain(trace.payer_id).chain(self.sender);
        remittance.payer_identifiers = all.map(|id| text(id.trim())).collect();
        remittance.payer_name = payer.name.name.map(text).unwrap_or_default();
        remittance.payee = payee(&advice.payee);
        remittance.trace_number = text(trace.number);
        remittance.payer_trace_id = trace.payer_id.map(text).unwrap_or_default();
        remittance.handling = text(payment.handling.code());
        remittance.paid = payment.paid;
        remittance.is_debit = payment.credit_debit == Some(CreditDebit::Debit);
        remittance.method = payment.method.map(|method| text(method.code())).unwrap_or_default();
        remittance.paid_on = payment.effective_on;
        remittance.produced_on = advice.production.and_then(|production| production.date);
        remittance.payment_bytes = bytes(&payment.source);
        remittance
    }

    /// What the codec could not read of the set, as far as money may hang on it.
    fn faults(&self) -> Vec<Unreadable> {
        let here = |issue: &&Issue| {
            (issue.at.interchange, issue.at.group, issue.at.set)
                == (self.set.at.interchange, self.set.at.group, self.set.at.set)
        };
        let matters = |issue: &&Issue| {
            MONEY_MAY_BE_MISSING.contains(&issue.rule)
                || (issue.rule == "x12/missing-element" && MONEY.contains(&issue.segment_id.as_str()))
        };
        let mut faults: Vec<Unreadable> =
            self.file.issues.kept().iter().filter(here).filter(matters).map(unreadable).collect();
        // Issues are kept up to a number; the text that they are about is always there.
        if self.advice().is_none() && faults.is_empty() {
            faults.push(Unreadable {
                byte_offset: self.set.header.source.offset(),
                segment: "ST".into(),
                message: "the payment, the trace number, the payer or the payee cannot be read".into(),
            });
        }
        if self.file.issues.dropped() > 0 {
            faults.push(Unreadable {
                byte_offset: self.set.header.source.offset(),
                segment: "ST".into(),
                message: "the file has more faults than are listed".into(),
            });
        }
        faults
    }
}

fn payee(payee: &x835::Payee<'_>) -> Payee {
    let name = payee.name.id_qualifier.zip(payee.name.id);
    let references = payee.references.iter().filter_map(|r| Some((r.qualifier, r.identifier?)));
    let number = |(qualifier, number): (Text<'_>, Text<'_>)| PayeeNumber {
        qualifier: text(qualifier),
        number: text(number.trim()),
    };
    let numbers = name.into_iter().chain(references).map(number);
    Payee { numbers: numbers.filter(|it| !it.number.is_empty()).collect(), bytes: bytes(&payee.name.source) }
}

fn unreadable(issue: &Issue) -> Unreadable {
    Unreadable {
        byte_offset: issue.at.offset,
        segment: issue.segment_id.clone(),
        message: issue.message.clone(),
    }
}

fn read_claim(ordinal: u32, claim: &ClaimPayment<'_>, faults: &mut Vec<Unreadable>) -> RemitClaim {
    let clp = &claim.claim;
    let insured = claim.insured.as_deref().or(claim.patient.as_ref());
    let member = |party: &Nm1<'_>| party.id.and_then(|id| MemberId::parse(&id.to_str()).ok());
    let dated = |qualifier: &str| dated(&claim.statement_dates, qualifier);
    let outpatient = claim.outpatient.iter().flat_map(|moa| moa.remarks.iter().copied());
    let inpatient =
        claim.inpatient.iter().flat_map(|mia| mia.remark.into_iter().chain(mia.more_remarks.iter().copied()));
    RemitClaim {
        ordinal,
        patient_control_number: text(clp.patient_control_number.trim()),
        status: ClaimStatus::from_code(&clp.status.code().to_str()),
        charged: clp.charged,
        paid: clp.paid,
        patient_responsibility: clp.patient_responsibility.unwrap_or_default(),
        filing_indicator: optional(clp.filing_indicator),
        payer_claim_control_number: optional(clp.payer_claim_control_number),
        patient: claim.patient.as_ref().and_then(person),
        member_id: insured.and_then(member).or_else(|| claim.patient.as_ref().and_then(member)),
        corrected_insured: claim
            .corrected_insured
            .as_deref()
            .map(|party| CorrectedInsured { name: person(party), member_id: member(party) }),
        forwarded_to: claim
            .crossover_carrier
            .as_deref()
            .map(|carrier| carrier.last_or_organization.map(text).unwrap_or_default()),
        adjustments: adjustments(&claim.adjustments, faults),
        remarks: remarks(outpatient.chain(inpatient)),
        service_from: dated("232"),
        service_thru: dated("233"),
        lines: (1..)
            .zip(&claim.services)
            .map(|(line_no, service)| read_line(line_no, service, faults))
            .collect(),
        bytes: Bytes { first: clp.source.offset(), last: last_byte(claim) },
    }
}

fn read_line(line_no: u16, line: &ServicePayment<'_>, faults: &mut Vec<Unreadable>) -> RemitLine {
    let svc = &line.service;
    let allowed = line.amounts.iter().find(|amount| amount.qualifier == "B6");
    let codes = line.remarks.iter().filter(|remark| remark.list == "HE").filter_map(|remark| remark.code);
    RemitLine {
        line_no,
        control_number: line.line_control_number.and_then(|number| optional(number.identifier)),
        procedure: text(svc.procedure.code),
        modifiers: svc.procedure.modifiers.iter().map(|modifier| text(*modifier)).collect(),
        billed_procedure: svc.billed_procedure.map(|billed| text(billed.code)),
        service_from: dated(&line.dates, "472").or_else(|| dated(&line.dates, "150")),
        service_thru: dated(&line.dates, "151"),
        charged: svc.charged,
        paid: svc.paid.unwrap_or_default(),
        units: svc.paid_units.map(|units| units.0),
        allowed: allowed.map(|amount| amount.amount),
        adjustments: adjustments(&line.adjustments, faults),
        remarks: remarks(codes),
        bytes: Bytes { first: svc.source.offset(), last: last_byte(line) },
    }
}

fn adjustments(segments: &[Cas<'_>], faults: &mut Vec<Unreadable>) -> Vec<Adjustment> {
    let mut read = vec![];
    for cas in segments {
        let mut fault = |message: &str| {
            faults.push(Unreadable {
                byte_offset: cas.source.offset(),
                segment: "CAS".into(),
                message: message.into(),
            });
        };
        let Ok(group) = cas.group.code().to_str().parse() else {
            fault("CAS01 is no group code: CO, PR, OA or PI");
            continue;
        };
        for item in cas.adjustments.iter() {
            match item.reason.to_str().parse() {
                Ok(reason) => read.push(Adjustment {
                    group,
                    reason,
                    amount: item.amount,
                    quantity: item.quantity.map(|quantity| quantity.0),
                }),
                Err(_no_code) => fault("a reason is no code: one to five letters and digits"),
            }
        }
    }
    read
}

/// Remark codes; what is no code is left in the file.
fn remarks<'a>(codes: impl Iterator<Item = Text<'a>>) -> Vec<Rarc> {
    codes.filter_map(|code| Rarc::parse(&code.trim().to_str()).ok()).collect()
}

fn dated(dates: &[Dtm<'_>], qualifier: &str) -> Option<NaiveDate> {
    dates.iter().find(|date| date.qualifier == qualifier)?.date
}

fn person(party: &Nm1<'_>) -> Option<Phi<PersonName>> {
    Some(Phi::new(PersonName {
        last: text(party.last_or_organization?),
        first: optional(party.first),
        middle: optional(party.middle),
        suffix: optional(party.suffix),
    }))
}

fn text(text: Text<'_>) -> String {
    text.to_str().into_owned()
}

fn optional(value: Option<Text<'_>>) -> Option<String> {
    value.map(|value| value.trim()).filter(|value| !value.is_empty()).map(text)
}

fn bytes(source: &Source<'_>) -> Bytes {
    Bytes { first: source.offset(), last: source.end_byte().saturating_sub(1).max(source.offset()) }
}

/// The last byte of the last segment of a loop.
fn last_byte(part: &dyn Written) -> u64 {
    let mut last = 0;
    let mut inside = false;
    part.each(&mut |_, inner| {
        inside = true;
        last = last.max(last_byte(inner));
    });
    if inside { last } else { bytes(&part.source()).last }
}
