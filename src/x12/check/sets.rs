//! The walk over typed sets: hands each claim, with what stands above it, to the rules.

use crate::types::Money;
use crate::x12::check::Options;
use crate::x12::check::acknowledgments;
use crate::x12::check::balance::{self, total};
use crate::x12::check::claims::{self, Above};
use crate::x12::check::code_lists::CodeCheck;
use crate::x12::check::dental;
use crate::x12::check::findings::Findings;
use crate::x12::check::hierarchy::{Levels, line_number};
use crate::x12::check::inquiries;
use crate::x12::check::institutional;
use crate::x12::check::professional;
use crate::x12::check::remittances;
use crate::x12::check::rules::{self, ClaimRules};
use crate::x12::envelope::Body;
use crate::x12::issue::{At, Issues};
use crate::x12::x835::Remittance;
use crate::x12::x837::{AnyBillingLevel, AnyClaim, AnyLine, AnyPatientLevel, AnySubscriberLevel, ClaimSet};
use crate::x12::{x837d, x837i, x837p};

/// The guide's limit of CLM in a set.
const CLAIMS_MAX: usize = 5_000;

/// Holds one set to levels 3 to 5, and its numbering to levels 1 and 2.
pub(crate) fn check(body: &Body<'_>, at: At, options: &Options<'_>, issues: &mut Issues) {
    let codes = options.codes.filter(|_| options.level >= 5).map(|codes| CodeCheck { codes });
    match body {
        Body::Professional(body) => Claims { at, level: options.level, codes, issues }.set(&**body),
        Body::Institutional(body) => Claims { at, level: options.level, codes, issues }.set(&**body),
        Body::Dental(body) => Claims { at, level: options.level, codes, issues }.set(&**body),
        Body::Remittance(body) => remittance(body, at, options.level, codes, issues),
        Body::EligibilityInquiry(body) => {
            inquiries::eligibility_inquiry(body, at, options.level, issues);
        }
        Body::EligibilityResponse(body) => {
            inquiries::eligibility_response(body, at, options.level, issues);
        }
        Body::StatusRequest(body) => inquiries::status_request(body, at, options.level, issues),
        Body::StatusResponse(body) => inquiries::status_response(body, at, options.level, issues),
        Body::Acknowledgment(body) => {
            acknowledgments::implementation(body, &mut Findings::new(at, options.level, issues));
        }
        Body::ClaimAcknowledgment(body) => {
            acknowledgments::claims(body, &mut Findings::new(at, options.level, issues));
        }
        Body::Other(_) => {}
    }
}

/// A claim that is checked by its guide.
trait Checked<'a>: AnyClaim<'a> {
    /// The shared rules, as its guide has them.
    const RULES: &'static ClaimRules;
    /// What its guide demands beyond the shared rules.
    fn own(&self, above: Above<'_, 'a>, path: &str, findings: &mut Findings<'_>);
    /// Level 5.
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>);
}

impl<'a> Checked<'a> for x837p::Claim<'a> {
    const RULES: &'static ClaimRules = &rules::PROFESSIONAL;
    fn own(&self, above: Above<'_, 'a>, path: &str, findings: &mut Findings<'_>) {
        professional::claim(self, above, path, findings);
    }
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>) {
        codes.professional_claim(self, path, findings);
    }
}
impl<'a> Checked<'a> for x837i::Claim<'a> {
    const RULES: &'static ClaimRules = &rules::INSTITUTIONAL;
    fn own(&self, _: Above<'_, 'a>, path: &str, findings: &mut Findings<'_>) {
        institutional::claim(self, path, findings);
    }
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>) {
        codes.institutional_claim(self, path, findings);
    }
}
impl<'a> Checked<'a> for x837d::Claim<'a> {
    const RULES: &'static ClaimRules = &rules::DENTAL;
    fn own(&self, above: Above<'_, 'a>, path: &str, findings: &mut Findings<'_>) {
        dental::claim(self, above, path, findings);
    }
    fn codes(&self, codes: CodeCheck<'_>, path: &str, findings: &mut Findings<'_>) {
        codes.dental_claim(self, path, findings);
    }
}

/// A set of claims.
struct Claims<'o, 'i> {
    at: At,
    level: u8,
    codes: Option<CodeCheck<'o>>,
    issues: &'i mut Issues,
}

impl Claims<'_, '_> {
    fn findings(&mut self) -> Findings<'_> {
        Findings::new(self.at, self.level, self.issues)
    }

    fn set<'a, S: ClaimSet<'a, Claim: Checked<'a>>>(&mut self, body: &S) {
        let rules = S::Claim::RULES;
        let mut levels = Levels::default();
        let mut count = 0;
        for billing in body.billing_levels() {
            levels.next(billing.level(), None, "2000A", self.at, self.issues);
            claims::billing_level(billing, rules, &mut self.findings());
            for subscriber in billing.subscribers() {
                let path = "2000A/2000B";
                levels.next(subscriber.level(), Some(billing.level().id), path, self.at, self.issues);
                claims::subscriber_level(subscriber, rules, path, &mut self.findings());
                let above = Above {
                    billing: billing.provider(),
                    street: billing.street(),
                    insurance: subscriber.insurance(),
                };
                for claim in subscriber.claims() {
                    count += 1;
                    self.claim(claim, above, "2000A/2000B/2300");
                }
                for patient in subscriber.patients() {
                    let path = "2000A/2000B/2000C";
                    levels.next(patient.level(), Some(subscriber.level().id), path, self.at, self.issues);
                    let within = format_args!("{path}/2010CA");
                    claims::city(patient.city(), false, rules, within, &mut self.findings());
                    for claim in patient.claims() {
                        count += 1;
                        self.claim(claim, above, "2000A/2000B/2000C/2300");
                    }
                }
            }
        }
        if count > CLAIMS_MAX {
            let message = "the set holds more claims than the guide recommends";
            self.findings()
                .broken(&rules.too_many_claims, body.beginning(), "", ("BHT01", 0), message)
                .expected(format!("at most {CLAIMS_MAX}"));
        }
    }

    fn claim<'a, C: Checked<'a>>(&mut self, claim: &C, above: Above<'_, 'a>, path: &str) {
        let within = format!("{path}/2400");
        for (place, line) in claim.lines().iter().enumerate() {
            line_number(line.number(), place + 1, &within, self.at, self.issues);
        }
        let codes = self.codes;
        let mut findings = self.findings();
        let facility = format_args!("{path}/{}", claim.facility_loop());
        claims::city(claim.facility_city(), true, C::RULES, facility, &mut findings);
        claims::claim(claim, above, C::RULES, path, &mut findings);
        claim.own(above, path, &mut findings);
        balance::claim(claim, C::RULES, path, &mut findings);
        if let Some(codes) = codes {
            claim.codes(codes, path, &mut findings);
        }
    }
}

fn remittance(body: &Remittance<'_>, at: At, level: u8, codes: Option<CodeCheck<'_>>, issues: &mut Issues) {
    let mut findings = Findings::new(at, level, issues);
    remittances::payment(body, &mut findings);
    for header in &body.headers {
        remittances::header(header, &mut findings);
    }
    // Reason codes are those in force when the payer finished the advice.
    let on = body.production.as_ref().and_then(|date| date.date).or(body.payment.effective_on);
    let (mut paid, mut provider) = (Money::ZERO, Money::ZERO);
    let mut whole = balance::all_read(&body.other);
    let mut claim = |claim: &crate::x12::x835::ClaimPayment<'_>, path: &str| {
        paid = total([paid, claim.claim.paid]);
        balance::claim_payment(claim, path, &mut findings);
        remittances::claim_payment(claim, &body.payee.name, path, &mut findings);
        if let (Some(codes), Some(on)) = (codes, on) {
            codes.claim_payment(claim, on, path, &mut findings);
        }
    };
    for header in &body.headers {
        whole &= balance::all_read(&header.other);
        for one in &header.claims {
            claim(one, "2000/2100");
        }
    }
    for one in &body.claims_without_header {
        claim(one, "2100");
    }
    for plb in &body.provider_adjustments {
        provider = total([provider, balance::provider_adjusted(plb)]);
    }
    if whole && level >= 3 {
        balance::remittance(&body.payment, paid, provider, &mut findings);
    }
}
