//! The walk over typed sets: hands each claim, with what stands above it, to the rules.

use crate::types::Money;
use crate::x12::check::Options;
use crate::x12::check::balance::{self, total};
use crate::x12::check::code_lists::CodeCheck;
use crate::x12::check::findings::Findings;
use crate::x12::check::hierarchy::{Levels, line_number};
use crate::x12::check::inquiries;
use crate::x12::check::rules;
use crate::x12::check::situational::{self, Above};
use crate::x12::envelope::{Body, Set};
use crate::x12::issue::{At, Issues};
use crate::x12::x835::Remittance;
use crate::x12::x837p::{Claim, PatientLevel, Professional, SubscriberLevel};

/// The guide's limit of CLM in a set.
const CLAIMS_MAX: usize = 5_000;

/// Holds one set to levels 3 to 5, and its numbering to levels 1 and 2.
pub(crate) fn check(set: &Set<'_>, options: &Options<'_>, issues: &mut Issues) {
    let codes = options.codes.filter(|_| options.level >= 5).map(|codes| CodeCheck { codes });
    match &set.body {
        Body::Professional(body) => {
            Professionals { at: set.at, level: options.level, codes, issues }.set(body)
        }
        Body::Remittance(body) => remittance(body, set.at, options.level, codes, issues),
        Body::EligibilityInquiry(body) => {
            inquiries::eligibility_inquiry(body, set.at, options.level, issues);
        }
        Body::EligibilityResponse(body) => {
            inquiries::eligibility_response(body, set.at, options.level, issues);
        }
        Body::StatusRequest(body) => inquiries::status_request(body, set.at, options.level, issues),
        Body::StatusResponse(body) => inquiries::status_response(body, set.at, options.level, issues),
        Body::Acknowledgment(_) | Body::ClaimAcknowledgment(_) | Body::Other(_) => {}
    }
}

/// An 837P set.
struct Professionals<'o, 'i> {
    at: At,
    level: u8,
    codes: Option<CodeCheck<'o>>,
    issues: &'i mut Issues,
}

impl Professionals<'_, '_> {
    fn findings(&mut self) -> Findings<'_> {
        Findings::new(self.at, self.level, self.issues)
    }

    fn set(&mut self, body: &Professional<'_>) {
        let mut levels = Levels::default();
        let mut claims = 0;
        for billing in &body.billing_levels {
            levels.next(&billing.level, None, "2000A", self.at, self.issues);
            situational::billing_provider(&billing.provider, "2000A/2010AA", &mut self.findings());
            if let Some(pay_to) = &billing.pay_to {
                situational::city(pay_to.city.as_ref(), false, "2000A/2010AB", &mut self.findings());
            }
            for subscriber in &billing.subscribers {
                let path = "2000A/2000B";
                levels.next(&subscriber.level, Some(billing.level.id), path, self.at, self.issues);
                self.subscriber(subscriber, path);
                let above = Above { insurance: &subscriber.insurance };
                for claim in &subscriber.claims {
                    claims += 1;
                    self.claim(claim, above, "2000A/2000B/2300");
                }
                for patient in &subscriber.patients {
                    let path = "2000A/2000B/2000C";
                    levels.next(&patient.level, Some(subscriber.level.id), path, self.at, self.issues);
                    self.patient(patient, path);
                    for claim in &patient.claims {
                        claims += 1;
                        self.claim(claim, above, "2000A/2000B/2000C/2300");
                    }
                }
            }
        }
        if claims > CLAIMS_MAX {
            let message = "the set holds more claims than the guide recommends";
            self.findings()
                .broken(&rules::TOO_MANY_CLAIMS, &body.beginning, "", ("BHT01", 0), message)
                .expected(format!("at most {CLAIMS_MAX}"));
        }
    }

    fn subscriber(&mut self, level: &SubscriberLevel<'_>, path: &str) {
        let mut findings = self.findings();
        situational::city(level.subscriber.city.as_ref(), false, "2000A/2000B/2010BA", &mut findings);
        situational::city(level.payer.city.as_ref(), false, "2000A/2000B/2010BB", &mut findings);
        situational::subscriber_level(level, path, &mut findings);
    }

    fn patient(&mut self, level: &PatientLevel<'_>, path: &str) {
        situational::city(
            level.patient.city.as_ref(),
            false,
            &format!("{path}/2010CA"),
            &mut self.findings(),
        );
    }

    fn claim(&mut self, claim: &Claim<'_>, above: Above<'_, '_>, path: &str) {
        let within = format!("{path}/2400");
        for (place, line) in claim.lines.iter().enumerate() {
            line_number(&line.number, place + 1, &within, self.at, self.issues);
        }
        let codes = self.codes;
        let mut findings = self.findings();
        situational::professional_claim(claim, above, path, &mut findings);
        balance::professional_claim(claim, path, &mut findings);
        if let Some(codes) = codes {
            codes.professional_claim(claim, path, &mut findings);
        }
    }
}

fn remittance(body: &Remittance<'_>, at: At, level: u8, codes: Option<CodeCheck<'_>>, issues: &mut Issues) {
    let mut findings = Findings::new(at, level, issues);
    situational::payment(&body.payment, &body.trace, &mut findings);
    // Reason codes are those in force when the payer finished the advice.
    let on = body.production.as_ref().and_then(|date| date.date).or(body.payment.effective_on);
    let (mut paid, mut provider) = (Money::ZERO, Money::ZERO);
    let mut whole = balance::all_read(&body.other);
    let mut claim = |claim: &crate::x12::x835::ClaimPayment<'_>, path: &str| {
        paid = total([paid, claim.claim.paid]);
        balance::claim_payment(claim, path, &mut findings);
        situational::claim_payment(claim, path, &mut findings);
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
