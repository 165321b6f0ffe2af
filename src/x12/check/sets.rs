//! The walk over the typed parts of sets as they are lent: hands each claim, with what stands above
//! it, to the rules; what a rule needs of the whole set is added up on the way.

use std::rc::Rc;

use chrono::NaiveDate;

use crate::check::Options;
use crate::check::acknowledgments;
use crate::check::balance::{self, total};
use crate::check::claims::{self, Above, Biller};
use crate::check::code_lists::CodeCheck;
use crate::check::dental;
use crate::check::findings::{Findings, Spot};
use crate::check::hierarchy::{self, line_number};
use crate::check::inquiries;
use crate::check::institutional;
use crate::check::professional;
use crate::check::remittances::{self, Told};
use crate::check::rules::{self, ClaimRules};
use crate::issue::{At, Issues};
use crate::stream::{ClaimPart, Levels, Part, Section};
use crate::value::Text;
use crate::x835::{ClaimPayment, Remittance};
use crate::x837::{AnyBillingLevel, AnyClaim, AnyLine, AnyPatientLevel, AnySubscriberLevel, ClaimSet};
use crate::{x837d, x837i, x837p};
use types::Money;

/// The guide's limit of CLM in a set.
const CLAIMS_MAX: usize = 5_000;

/// Holds sets to levels 3 to 5, and their numbering to levels 1 and 2. Subscribers come with all
/// their claims and patients.
#[derive(Debug)]
pub(crate) struct Sets<'c> {
    level: u8,
    codes: Option<CodeCheck<'c>>,
    /// The set that is being read.
    at: At,
    claims: Option<ClaimsSoFar>,
    payment: Option<PaymentSoFar>,
}

/// What the end of a set of claims has to know.
#[derive(Debug)]
struct ClaimsSoFar {
    beginning: Option<Spot>,
    too_many: &'static rules::Rule,
    levels: hierarchy::Levels,
    count: usize,
    biller: Rc<Biller>,
}

/// What the claims and the end of a remittance have to know.
#[derive(Debug)]
struct PaymentSoFar {
    payment: (Money, Spot),
    /// Reason codes are those in force when the payer finished the advice.
    codes_on: Option<NaiveDate>,
    /// The payee's NPI.
    payee: Option<Vec<u8>>,
    under_header: bool,
    told: Told,
    paid: Money,
    provider: Money,
    /// Nothing was left out that the sums would miss.
    whole: bool,
}

impl<'c> Sets<'c> {
    pub(crate) fn new(options: &Options<'c>) -> Sets<'c> {
        Sets {
            level: options.level,
            codes: options.codes.filter(|_| options.level >= 5).map(|codes| CodeCheck { codes }),
            at: At::default(),
            claims: None,
            payment: None,
        }
    }

    /// The next part; `at` is the set that it belongs to.
    pub(crate) fn part(&mut self, part: Part<'_>, at: At, issues: &mut Issues) {
        let level = self.level;
        match part {
            Part::InterchangeAcknowledgment(answer) => {
                let at = At { group: 0, set: 0, ..at };
                acknowledgments::interchange(&answer, &mut Findings::new(at, level, issues));
                return;
            }
            Part::Interchange(_)
            | Part::Group(_)
            | Part::Set(..)
            | Part::SetEnd(_)
            | Part::GroupEnd(_)
            | Part::InterchangeEnd(_) => return self.end(issues),
            _ => self.at = at,
        }
        match part {
            Part::Professional(part) => self.claims(part, issues),
            Part::Institutional(part) => self.claims(part, issues),
            Part::Dental(part) => self.claims(part, issues),
            Part::RemittanceHeader(header) => self.remittance(&header, issues),
            Part::HeaderNumber(header) => {
                if let Some(payment) = &mut self.payment {
                    payment.told.header(&header, &mut Findings::new(at, level, issues));
                    payment.under_header = true;
                    payment.whole &= balance::all_read(&header.other);
                }
            }
            Part::ClaimPayment(claim) => self.claim_payment(&claim, issues),
            Part::ProviderAdjustment(plb) => {
                if let Some(payment) = &mut self.payment {
                    payment.told.adjustment(&plb);
                    payment.under_header = false;
                    payment.provider = total([payment.provider, balance::provider_adjusted(&plb)]);
                }
            }
            Part::Other(section, other) => {
                let depth = match section {
                    Section::BillingLevel => Some(0),
                    Section::SubscriberLevel => Some(1),
                    Section::PatientLevel | Section::UnknownLevel => Some(2),
                    _ => None,
                };
                if let (Some(claims), Some(depth)) = (&mut self.claims, depth) {
                    claims.levels.skip(depth);
                }
                if let Some(payment) = &mut self.payment {
                    payment.under_header |= section == Section::HeaderNumber;
                    payment.whole &= balance::all_read(&[other]);
                }
            }
            Part::ImplementationAcknowledgment(body) => {
                acknowledgments::implementation(&body, &mut self.findings(issues));
            }
            Part::ClaimAcknowledgment(body) => acknowledgments::claims(&body, &mut self.findings(issues)),
            Part::EligibilityInquiry(body) => inquiries::eligibility_inquiry(&body, at, level, issues),
            Part::EligibilityResponse(body) => inquiries::eligibility_response(&body, at, level, issues),
            Part::StatusRequest(body) => inquiries::status_request(&body, at, level, issues),
            Part::StatusResponse(body) => inquiries::status_response(&body, at, level, issues),
            _ => {}
        }
    }

    /// A set has ended, if one was open.
    pub(crate) fn end(&mut self, issues: &mut Issues) {
        let mut findings = Findings::new(self.at, self.level, issues);
        if let Some(ClaimsSoFar { beginning: Some(bht), too_many, count, .. }) = self.claims.take()
            && count > CLAIMS_MAX
        {
            let message = "the set holds more claims than the guide recommends";
            findings
                .broken_at(too_many, bht, "", ("BHT01", 0), message)
                .expected(format!("at most {CLAIMS_MAX}"));
        }
        if let Some(sums) = self.payment.take() {
            sums.told.end(&mut findings);
            if sums.whole && self.level >= 3 {
                balance::remittance(sums.payment, sums.paid, sums.provider, &mut findings);
            }
        }
    }
}

/// A claim that is checked by its guide.
trait Checked<'a>: AnyClaim<'a> {
    /// The shared rules, as its guide has them.
    const RULES: &'static ClaimRules;
    /// What its guide demands beyond the shared rules.
    fn own(&self, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>);
    /// Level 5.
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>);
}

impl<'a> Checked<'a> for x837p::Claim<'a> {
    const RULES: &'static ClaimRules = &rules::PROFESSIONAL;
    fn own(&self, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
        professional::claim(self, above, path, findings);
    }
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>) {
        codes.professional_claim(self, path, findings);
    }
}
impl<'a> Checked<'a> for x837i::Claim<'a> {
    const RULES: &'static ClaimRules = &rules::INSTITUTIONAL;
    fn own(&self, _: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
        institutional::claim(self, path, findings);
    }
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>) {
        codes.institutional_claim(self, path, findings);
    }
}
impl<'a> Checked<'a> for x837d::Claim<'a> {
    const RULES: &'static ClaimRules = &rules::DENTAL;
    fn own(&self, above: Above<'_, '_>, path: &str, findings: &mut Findings<'_>) {
        dental::claim(self, above, path, findings);
    }
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>) {
        codes.dental_claim(self, path, findings);
    }
}

impl Sets<'_> {
    fn findings<'i>(&self, issues: &'i mut Issues) -> Findings<'i> {
        Findings::new(self.at, self.level, issues)
    }

    fn claims<'a, S: ClaimSet<'a, Claim: Checked<'a>>>(
        &mut self,
        part: ClaimPart<'a, S>,
        issues: &mut Issues,
    ) {
        let rules = S::Claim::RULES;
        let at = self.at;
        let so_far = self.claims.get_or_insert_with(|| ClaimsSoFar {
            beginning: None,
            too_many: &rules.too_many_claims,
            levels: hierarchy::Levels::default(),
            count: 0,
            biller: Rc::default(),
        });
        match part {
            ClaimPart::Header(set) => so_far.beginning = Some(Spot::of(set.beginning())),
            ClaimPart::BillingLevel(billing) => {
                so_far.levels.next(billing.level(), 0, "2000A", at, issues);
                so_far.biller = Rc::new(Biller::of(&*billing));
                claims::billing_level(&*billing, rules, &mut self.findings(issues));
            }
            ClaimPart::SubscriberLevel(subscriber, _) => {
                let path = "2000A/2000B";
                so_far.levels.next(subscriber.level(), 1, path, at, issues);
                let biller = Rc::clone(&so_far.biller);
                claims::subscriber_level(&*subscriber, rules, path, &mut self.findings(issues));
                let above = Above { billing: &biller, insurance: subscriber.insurance() };
                for claim in subscriber.claims() {
                    self.claim(claim, above, "2000A/2000B/2300", issues);
                }
                for patient in subscriber.patients() {
                    self.patient(patient, Some(above), issues);
                }
            }
            // Under no subscriber, or after a level that the guide does not know.
            ClaimPart::PatientLevel(patient) => self.patient(&*patient, None, issues),
            ClaimPart::Claim(claim, levels) => self.stray_claim(&*claim, levels, issues),
        }
    }

    fn patient<'a, P: AnyPatientLevel<'a, Claim: Checked<'a>>>(
        &mut self,
        patient: &P,
        above: Option<Above<'_, '_>>,
        issues: &mut Issues,
    ) {
        let path = "2000A/2000B/2000C";
        if let Some(so_far) = &mut self.claims {
            so_far.levels.next(patient.level(), 2, path, self.at, issues);
        }
        let within = format_args!("{path}/2010CA");
        claims::city(patient.city(), false, P::Claim::RULES, within, &mut self.findings(issues));
        for claim in patient.claims() {
            if let Some(above) = above {
                self.claim(claim, above, "2000A/2000B/2000C/2300", issues);
            }
        }
    }

    /// A claim that was lent on its own.
    fn stray_claim<'a, S: ClaimSet<'a, Claim: Checked<'a>>>(
        &mut self,
        claim: &S::Claim,
        levels: Levels<'a, S>,
        issues: &mut Issues,
    ) {
        if let Some(subscriber) = levels.subscriber() {
            let path = match levels.has_patient() {
                true => "2000A/2000B/2000C/2300",
                false => "2000A/2000B/2300",
            };
            let biller = self.claims.as_ref().map(|so_far| Rc::clone(&so_far.biller)).unwrap_or_default();
            let above = Above { billing: &biller, insurance: subscriber.insurance() };
            self.claim(claim, above, path, issues);
        }
    }

    fn claim<'a, C: Checked<'a>>(
        &mut self,
        claim: &C,
        above: Above<'_, '_>,
        path: &str,
        issues: &mut Issues,
    ) {
        if let Some(so_far) = &mut self.claims {
            so_far.count += 1;
        }
        let within = format!("{path}/2400");
        for (place, line) in claim.lines().iter().enumerate() {
            line_number(line.number(), place + 1, &within, self.at, issues);
        }
        let codes = self.codes;
        let mut findings = self.findings(issues);
        let facility = format_args!("{path}/{}", claim.facility_loop());
        claims::city(claim.facility_city(), true, C::RULES, facility, &mut findings);
        claims::claim(claim, above, C::RULES, path, &mut findings);
        claim.own(above, path, &mut findings);
        balance::claim(claim, C::RULES, path, &mut findings);
        if let Some(codes) = codes {
            claim.codes(codes, path, &mut findings);
        }
    }

    fn remittance(&mut self, header: &Remittance<'_>, issues: &mut Issues) {
        remittances::payment(header, &mut self.findings(issues));
        self.payment = Some(PaymentSoFar {
            payment: (header.payment.paid, Spot::of(&header.payment)),
            codes_on: header.production.as_ref().and_then(|date| date.date).or(header.payment.effective_on),
            payee: remittances::npi(&header.payee.name).map(|npi| npi.as_bytes().to_vec()),
            under_header: false,
            told: Told::default(),
            paid: Money::ZERO,
            provider: Money::ZERO,
            whole: balance::all_read(&header.other),
        });
    }

    fn claim_payment(&mut self, claim: &ClaimPayment<'_>, issues: &mut Issues) {
        let mut findings = Findings::new(self.at, self.level, issues);
        let (mut on, mut payee, mut path) = (None, None, "2000/2100");
        if let Some(payment) = &mut self.payment {
            payment.paid = total([payment.paid, claim.claim.paid]);
            payment.told.claim(claim);
            (on, payee) = (payment.codes_on, payment.payee.as_deref().map(Text::new));
            if !payment.under_header {
                path = "2100";
            }
        }
        balance::claim_payment(claim, path, &mut findings);
        remittances::claim_payment(claim, payee, path, &mut findings);
        if let (Some(codes), Some(on)) = (self.codes, on) {
            codes.claim_payment(claim, on, path, &mut findings);
        }
    }
}
