//! 835 (005010X221A1) to remittances.
//!
//! A file is walked once to find its sets, and a set claim by claim, as often as somebody asks: only one claim at a
//! time is in memory, whatever the size of the file. What cannot be read is said with its place, and then the set
//! is held: an amount that is silently nothing would be worse than a payment that waits.

use std::iter::Fuse;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::claims::model::Adjustment;
use crate::exchange::content::{Content, ContentReader};
use crate::remits::balance::{Balance, BalancedRemit, Held};
use crate::remits::model::{
    ClaimStatus, CorrectedInsured, ProviderAdjustment, RemitClaim, RemitLine, Remittance, Unreadable,
};
use crate::remits::payee::{Payee, PayeeNumber};
use crate::types::{Bytes, MemberId, Money, PersonName, Phi, Rarc};
use crate::x12::segments::{Cas, CreditDebit, Dtm, Nm1, Plb};
use crate::x12::x835::{self, ClaimPayment, Remittance as Advice, ServicePayment};
use crate::x12::{Guide, Issue, Issues, Part, ReadError, Reader, Section, SetStart, Source, Text, Written};

/// Whether a set adds up.
pub(super) type Verdict = Result<BalancedRemit, Box<Held>>;

/// The 835 sets of a file.
pub(super) struct Remits<'a> {
    content: &'a Content<'a>,
    sets: Vec<Placed>,
    issues: Issues,
}

/// One set, with what its file says of it elsewhere.
struct Placed {
    /// Place of the ST in the file, from 1.
    ordinal: u32,
    start: SetStart,
    is_test: bool,
    sender: Option<Arc<str>>,
    /// The PLB stand behind all claims: kept, so that nobody walks the claims for them.
    adjustments: Vec<ProviderAdjustment>,
}

/// One 835 set of a file.
#[derive(Clone, Copy)]
pub(super) struct RemitSet<'f> {
    remits: &'f Remits<'f>,
    set: &'f Placed,
}

/// Rules of the codec that say money may be missing from what was read. The rest (an unknown
/// segment, a wrong date) leaves the amounts whole, and the equations guard those.
const MONEY_MAY_BE_MISSING: [&str; 9] = [
    "x12/no-se",
    "x12/segment-count",
    "x12/set-control-number",
    "x12/no-last-terminator",
    "x12/invalid-number",
    "x12/fraction-of-a-cent",
    "x12/number-too-large",
    "x12/too-many-repeats",
    "x12/too-many-values",
];

/// Segments that carry money: a required element that is missing in one is money missing.
const MONEY: [&str; 5] = ["BPR", "CLP", "CAS", "SVC", "PLB"];

impl<'a> Remits<'a> {
    /// Reads a file. Nothing to post is an error: no X12, or no 835 in it. So is a limit that is passed: sets may be
    /// missing, and no money moves by the others.
    pub fn read(content: &'a Content<'a>) -> Result<Remits<'a>, Unreadable> {
        let mut reader = Reader::new(content.read_from(0));
        let mut sets: Vec<Placed> = vec![];
        let (mut is_x12, mut is_test, mut sender) = (false, false, None);
        let (mut ordinal, mut begins, mut is_open) = (0, false, false);
        while let Some(part) = reader.next().map_err(cannot_go_on)? {
            match part {
                Part::Interchange(header) => {
                    is_x12 |= header.is_some();
                    is_test = header.as_ref().is_some_and(|isa| isa.usage.is_some_and(|usage| usage == "T"));
                    sender = header.and_then(|isa| isa.sender).map(|sender| Arc::from(text(sender.trim())));
                }
                Part::Set(guide, _) => {
                    ordinal += 1;
                    is_open = guide == Guide::Remittance;
                    begins = is_open;
                }
                Part::ProviderAdjustment(plb) if is_open => {
                    if let Some(set) = sets.last_mut() {
                        add_adjustments(&mut set.adjustments, &plb);
                    }
                }
                _ => {}
            }
            if std::mem::take(&mut begins)
                && let Some(start) = reader.set_start()
            {
                sets.push(Placed { ordinal, start, is_test, sender: sender.clone(), adjustments: vec![] });
            }
        }
        let issues = reader.into_issues();
        if !sets.is_empty() {
            return Ok(Remits { content, sets, issues });
        }
        Err(Unreadable {
            byte_offset: if is_x12 { 0 } else { issues.kept().first().map_or(0, |issue| issue.at.offset) },
            segment: String::new(),
            message: if is_x12 { "no transaction set in it is an 835" } else { "it is no X12 interchange" }
                .into(),
        })
    }

    /// Its 835 sets, in the order of the file.
    pub fn sets<'f>(&'f self) -> impl Iterator<Item = RemitSet<'f>> {
        self.sets.iter().map(|set| RemitSet { remits: self, set })
    }
}

fn cannot_go_on(error: ReadError) -> Unreadable {
    let (byte_offset, message) = match error {
        ReadError::Limit { passed, offset, .. } => (offset, passed.message().to_owned()),
        input @ ReadError::Input(_) => (0, input.to_string()),
    };
    Unreadable { byte_offset, segment: String::new(), message }
}

fn add_adjustments(adjustments: &mut Vec<ProviderAdjustment>, plb: &Plb<'_>) {
    for item in plb.adjustments.iter() {
        adjustments.push(ProviderAdjustment {
            ordinal: u32::try_from(adjustments.len()).map_or(u32::MAX, |before| before.saturating_add(1)),
            reason: text(item.reason.reason),
            reference: optional(item.reason.reference),
            amount: item.amount,
            bytes: bytes(&plb.source),
        });
    }
}

/// Walks a set from its header to its end.
struct Walk<'f> {
    set: RemitSet<'f>,
    reader: Reader<ContentReader<'f>>,
    has_begun: bool,
    has_header: bool,
    claims: u32,
}

/// What a walk comes by, and the last byte of it.
enum Piece {
    Header(Box<Remittance>),
    Claim(Box<RemitClaim>, Vec<Unreadable>),
    /// What has no typed form.
    Unread(Section, Bytes),
    /// What else belongs to the set.
    Read(u64),
}

impl Iterator for Walk<'_> {
    type Item = Piece;

    /// A set without a header that can be read says nothing else. Where the input fails in the middle the walk ends:
    /// then the set lacks claims that were counted, and is not posted.
    fn next(&mut self) -> Option<Piece> {
        loop {
            return Some(match self.reader.next().ok().flatten()? {
                Part::Set(..) if !std::mem::replace(&mut self.has_begun, true) => continue,
                Part::RemittanceHeader(advice) => {
                    self.has_header = true;
                    Piece::Header(Box::new(self.set.remittance(&advice)))
                }
                Part::ClaimPayment(claim) if self.has_header => {
                    self.claims = self.claims.saturating_add(1);
                    let mut unreadable = vec![];
                    let claim = read_claim(self.claims, &claim, &mut unreadable);
                    Piece::Claim(Box::new(claim), unreadable)
                }
                Part::ClaimPayment(claim) => Piece::Read(last_byte(&*claim)),
                Part::HeaderNumber(number) => Piece::Read(last_byte(&*number)),
                Part::ProviderAdjustment(plb) => Piece::Read(bytes(&plb.source).last),
                Part::SetEnd(end) => Piece::Read(bytes(&end.source).last),
                Part::Other(section, other) => Piece::Unread(section, bytes(&other.source)),
                _ => return None,
            });
        }
    }
}

impl<'f> RemitSet<'f> {
    /// Place of the ST in the file, from 1.
    pub fn ordinal(&self) -> u32 {
        self.set.ordinal
    }

    /// Walks the set once: does it add up, and can all of it be read?
    pub fn balance(&self) -> Verdict {
        let mut walk = self.walk();
        let header = match walk.next() {
            Some(Piece::Header(header)) => Some(*header),
            _ => None,
        };
        let faults = self.faults(header.is_some());
        let adjustments = if header.is_some() { self.provider_adjustments() } else { vec![] };
        let header = header.unwrap_or_else(|| self.unread());
        let mut last = header.bytes.last;
        let mut balance = Balance::open(header);
        for fault in &faults {
            balance.unreadable(fault.clone());
        }
        for piece in walk {
            match piece {
                Piece::Header(header) => last = header.bytes.last,
                Piece::Claim(claim, unreadable) => {
                    for fault in unreadable {
                        balance.unreadable(fault);
                    }
                    balance.claim(&claim);
                    last = claim.bytes.last;
                }
                Piece::Unread(section, bytes) => {
                    last = bytes.last;
                    let is_said =
                        faults.iter().any(|it| (bytes.first..=bytes.last).contains(&it.byte_offset));
                    if let Some(segment) = opener(section).filter(|_| !is_said) {
                        balance.unreadable(Unreadable {
                            byte_offset: bytes.first,
                            segment: segment.into(),
                            message: "what begins here cannot be read".into(),
                        });
                    }
                }
                Piece::Read(byte) => last = byte,
            }
        }
        for adjustment in &adjustments {
            balance.provider_adjustment(adjustment);
        }
        balance.ends_at(last);
        balance.close()
    }

    /// Its claims, one at a time.
    pub fn into_claims(self) -> impl Iterator<Item = RemitClaim> + use<'f> {
        self.walk().filter_map(|piece| match piece {
            Piece::Claim(claim, _) => Some(*claim),
            Piece::Header(_) | Piece::Unread(..) | Piece::Read(_) => None,
        })
    }

    /// Its PLB amounts, in order.
    pub fn provider_adjustments(&self) -> Vec<ProviderAdjustment> {
        self.set.adjustments.clone()
    }

    /// Ends once: what follows in the file is another set's.
    fn walk(self) -> Fuse<Walk<'f>> {
        let start = &self.set.start;
        let reader = Reader::of_set(self.remits.content.read_from(start.offset), start);
        Walk { set: self, reader, has_begun: false, has_header: false, claims: 0 }.fuse()
    }

    /// What is known of a set whose header cannot be read.
    fn unread(&self) -> Remittance {
        let first = self.set.start.offset;
        let bytes = Bytes { first, last: first };
        Remittance {
            set_ordinal: self.set.ordinal,
            is_test: self.set.is_test,
            payer_name: String::new(),
            payer_identifiers: vec![],
            payee: Payee { numbers: vec![], bytes },
            trace_number: String::new(),
            payer_trace_id: String::new(),
            handling: String::new(),
            paid: Money::ZERO,
            is_debit: false,
            method: String::new(),
            paid_on: None,
            produced_on: None,
            bytes,
            payment_bytes: bytes,
        }
    }

    fn remittance(&self, advice: &Advice<'_>) -> Remittance {
        let (payment, trace, payer) = (&advice.payment, &advice.trace, &advice.payer);
        let is_2u = |qualifier: Text<'_>| qualifier == "2U";
        let additional = payer.references.iter().filter(|r| is_2u(r.qualifier)).filter_map(|r| r.identifier);
        // TRN03 is `1` and the payer's tax id.
        let stated = additional.chain(payer.name.id).chain(trace.payer_id).map(|id| text(id.trim()));
        let first = self.set.start.offset;
        Remittance {
            payer_identifiers: stated.chain(self.set.sender.as_deref().map(str::to_owned)).collect(),
            payer_name: payer.name.name.map(text).unwrap_or_default(),
            payee: payee(&advice.payee),
            trace_number: text(trace.number),
            payer_trace_id: trace.payer_id.map(text).unwrap_or_default(),
            handling: text(payment.handling.code()),
            paid: payment.paid,
            is_debit: payment.credit_debit == Some(CreditDebit::Debit),
            method: payment.method.map(|method| text(method.code())).unwrap_or_default(),
            paid_on: payment.effective_on,
            produced_on: advice.production.and_then(|production| production.date),
            bytes: Bytes { first, last: last_byte(advice).max(first) },
            payment_bytes: bytes(&payment.source),
            ..self.unread()
        }
    }

    /// What the codec could not read of the set, as far as money may hang on it.
    fn faults(&self, has_header: bool) -> Vec<Unreadable> {
        let place = self.set.start.place();
        let here = |issue: &&Issue| (issue.at.interchange, issue.at.group, issue.at.set) == place;
        let matters = |issue: &&Issue| {
            MONEY_MAY_BE_MISSING.contains(&issue.rule)
                || (issue.rule == "x12/missing-element" && MONEY.contains(&issue.segment_id.as_str()))
        };
        let issues = &self.remits.issues;
        let mut faults: Vec<Unreadable> =
            issues.kept().iter().filter(here).filter(matters).map(unreadable).collect();
        // Issues are kept up to a number; the text that they are about is always there.
        if !has_header && faults.is_empty() {
            faults.push(Unreadable {
                byte_offset: self.set.start.offset,
                segment: "ST".into(),
                message: "the payment, the trace number, the payer or the payee cannot be read".into(),
            });
        }
        if issues.dropped() > 0 {
            faults.push(Unreadable {
                byte_offset: self.set.start.offset,
                segment: "ST".into(),
                message: "the file has more faults than are listed".into(),
            });
        }
        faults
    }
}

/// With what a section begins that money may stand in.
const fn opener(section: Section) -> Option<&'static str> {
    match section {
        Section::HeaderNumber => Some("LX"),
        Section::ClaimPayment => Some("CLP"),
        Section::ProviderAdjustment => Some("PLB"),
        _ => None,
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
