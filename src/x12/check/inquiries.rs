//! What eligibility and claim status sets demand beyond their tables: levels that are counted and
//! linked, something asked of every patient, related parties between LS and LE.

use crate::check::acknowledgments;
use crate::check::findings::Findings;
use crate::check::hierarchy::Levels;
use crate::check::rules;
use crate::issue::{At, Issues};
use crate::segments::{Aaa, Eb, Hl, Le, Ls, Stc};
use crate::x270::{EligibilityInquiry, SubscriberInquiry};
use crate::x271::EligibilityResponse;
use crate::x276::{StatusRequest, StatusResponse};

const PATHS: [&str; 5] =
    ["2000A", "2000A/2000B", "2000A/2000B/2000C", "2000A/2000B/2000C/2000D", "2000A/2000B/2000C/2000D/2000E"];

/// The levels of one set, outermost first.
struct Walk<'i, 'a> {
    at: At,
    level: u8,
    levels: Levels,
    open: Vec<Hl<'a>>,
    issues: &'i mut Issues,
}

impl<'i, 'a> Walk<'i, 'a> {
    fn new(at: At, level: u8, issues: &'i mut Issues) -> Walk<'i, 'a> {
        Walk { at, level, levels: Levels::default(), open: Vec::new(), issues }
    }
    fn findings(&mut self) -> Findings<'_> {
        Findings::new(self.at, self.level, self.issues)
    }
    /// Where the innermost level stands.
    fn path(&self) -> &'static str {
        PATHS[self.open.len().clamp(1, PATHS.len()) - 1]
    }
    /// Goes into a level, with what stands in it.
    fn level(&mut self, hl: &Hl<'a>, children: usize, inside: impl FnOnce(&mut Self)) {
        let depth = self.open.len();
        self.open.push(*hl);
        let path = self.path();
        self.levels.next(hl, depth, path, self.at, self.issues);
        let says = hl.children.map(|code| code == "1");
        if says.is_some_and(|says| says != (children > 0)) {
            let expected = if children > 0 { "1" } else { "0" };
            self.findings()
                .broken(
                    &rules::LEVEL_CHILDREN,
                    hl,
                    path,
                    ("HL04", 0),
                    "HL04 is not what follows below this level",
                )
                .expected(expected);
        }
        inside(self);
        self.open.pop();
    }
    /// What is said of a claim is whole.
    fn status(&mut self, statuses: &[Stc<'_>], inside: &str) {
        let path = self.path();
        let mut findings = self.findings();
        acknowledgments::in_words(statuses, (path, inside), &mut findings);
        acknowledgments::paid_amount(statuses, (path, inside), &mut findings);
    }
    fn nothing_asked(&mut self, hl: &Hl<'_>) {
        let path = self.path();
        self.findings().broken(
            &rules::NOTHING_ASKED,
            hl,
            path,
            ("HL03", 0),
            "nothing is asked about this person, nor about a dependent",
        );
    }
    /// Somebody is found by member id, or by name and birth date.
    fn can_be_found(&mut self, person: &SubscriberInquiry<'_>) {
        let named = person.name.last_or_organization.is_some() && person.birth.is_some();
        if person.name.id.is_none() && person.references.is_empty() && !named {
            let message = "neither a member id nor name and birth date are given";
            self.findings().broken(
                &rules::SEARCH_OPTIONS,
                &person.name,
                "2000A/2000B/2000C/2100C",
                ("NM109", 0),
                message,
            );
        }
    }
    /// A request that is refused has no answer beside it.
    fn one_answer(&mut self, rejections: &[Aaa<'_>], benefits: usize, path: &str) {
        if let Some(rejection) = rejections.first()
            && benefits > 0
        {
            let message = "the request is refused, and answered";
            self.findings().broken(&rules::REJECTED_AND_ANSWERED, rejection, path, ("AAA03", 0), message);
        }
    }
    /// LS and LE stand around the related parties of a benefit, and not without them.
    fn parties(
        &mut self,
        eb: &Eb<'_>,
        begin: Option<&Ls<'_>>,
        end: Option<&Le<'_>>,
        parties: usize,
        path: &str,
    ) {
        let wrapped = begin.is_some() && end.is_some();
        if wrapped != (parties > 0) || begin.is_some() != end.is_some() {
            let message = "related parties of a benefit stand between LS and LE";
            self.findings()
                .broken(&rules::PARTIES_WRAPPED, eb, path, ("EB01", 0), message)
                .expected("LS*2120, NM1, LE*2120");
        }
    }
}

pub(crate) fn eligibility_inquiry(body: &EligibilityInquiry<'_>, at: At, level: u8, issues: &mut Issues) {
    let mut walk = Walk::new(at, level, issues);
    for source in &body.sources {
        walk.level(&source.level, source.receivers.len(), |walk| {
            for receiver in &source.receivers {
                walk.level(&receiver.level, receiver.subscribers.len(), |walk| {
                    for subscriber in &receiver.subscribers {
                        walk.level(&subscriber.level, subscriber.dependents.len(), |walk| {
                            let asked = subscriber.name.as_ref().map_or(0, |name| name.inquiries.len());
                            if asked == 0 && subscriber.dependents.is_empty() {
                                walk.nothing_asked(&subscriber.level);
                            }
                            if let Some(name) = &subscriber.name
                                && asked > 0
                            {
                                walk.can_be_found(name);
                            }
                            for dependent in &subscriber.dependents {
                                walk.level(&dependent.level, 0, |walk| {
                                    if dependent.name.as_ref().is_none_or(|name| name.inquiries.is_empty()) {
                                        walk.nothing_asked(&dependent.level);
                                    }
                                });
                            }
                        });
                    }
                });
            }
        });
    }
}

pub(crate) fn eligibility_response(body: &EligibilityResponse<'_>, at: At, level: u8, issues: &mut Issues) {
    let mut walk = Walk::new(at, level, issues);
    for source in &body.sources {
        walk.level(&source.level, source.receivers.len(), |walk| {
            for receiver in &source.receivers {
                walk.level(&receiver.level, receiver.subscribers.len(), |walk| {
                    for subscriber in &receiver.subscribers {
                        walk.level(&subscriber.level, subscriber.dependents.len(), |walk| {
                            if let Some(name) = &subscriber.name {
                                let path = "2000A/2000B/2000C/2100C";
                                walk.one_answer(&name.rejections, name.benefits.len(), path);
                            }
                            for one in subscriber.name.iter().flat_map(|name| &name.benefits) {
                                let (begin, end) = (one.parties_begin.as_ref(), one.parties_end.as_ref());
                                let path = "2000A/2000B/2000C/2100C/2110C";
                                walk.parties(&one.benefit, begin, end, one.parties.len(), path);
                            }
                            for dependent in &subscriber.dependents {
                                walk.level(&dependent.level, 0, |walk| {
                                    if let Some(name) = &dependent.name {
                                        let path = "2000A/2000B/2000C/2000D/2100D";
                                        walk.one_answer(&name.rejections, name.benefits.len(), path);
                                    }
                                    for one in dependent.name.iter().flat_map(|name| &name.benefits) {
                                        let (begin, end) =
                                            (one.parties_begin.as_ref(), one.parties_end.as_ref());
                                        let path = "2000A/2000B/2000C/2000D/2100D/2110D";
                                        walk.parties(&one.benefit, begin, end, one.parties.len(), path);
                                    }
                                });
                            }
                        });
                    }
                });
            }
        });
    }
}

pub(crate) fn status_request(body: &StatusRequest<'_>, at: At, level: u8, issues: &mut Issues) {
    let mut walk = Walk::new(at, level, issues);
    for source in &body.sources {
        walk.level(&source.level, source.receivers.len(), |walk| {
            for receiver in &source.receivers {
                walk.level(&receiver.level, receiver.providers.len(), |walk| {
                    for provider in &receiver.providers {
                        walk.level(&provider.level, provider.subscribers.len(), |walk| {
                            for subscriber in &provider.subscribers {
                                walk.level(&subscriber.level, subscriber.dependents.len(), |walk| {
                                    if subscriber.claims.is_empty() && subscriber.dependents.is_empty() {
                                        walk.nothing_asked(&subscriber.level);
                                    }
                                    if !subscriber.claims.is_empty() && subscriber.birth.is_none() {
                                        let message = "the subscriber is the patient: birth date is required";
                                        let path = walk.path();
                                        walk.findings()
                                            .broken(
                                                &rules::STATUS_BIRTH,
                                                &subscriber.level,
                                                path,
                                                ("HL03", 0),
                                                message,
                                            )
                                            .expected("DMG");
                                    }
                                    for dependent in &subscriber.dependents {
                                        walk.level(&dependent.level, 0, |_| {});
                                    }
                                });
                            }
                        });
                    }
                });
            }
        });
    }
}

pub(crate) fn status_response(body: &StatusResponse<'_>, at: At, level: u8, issues: &mut Issues) {
    let mut walk = Walk::new(at, level, issues);
    for source in &body.sources {
        walk.level(&source.level, source.receivers.len(), |walk| {
            for receiver in &source.receivers {
                walk.level(&receiver.level, receiver.providers.len(), |walk| {
                    for provider in &receiver.providers {
                        walk.level(&provider.level, provider.subscribers.len(), |walk| {
                            for subscriber in &provider.subscribers {
                                walk.level(&subscriber.level, subscriber.dependents.len(), |walk| {
                                    for claim in &subscriber.claims {
                                        walk.status(&claim.statuses, "2200D");
                                    }
                                    for dependent in &subscriber.dependents {
                                        walk.level(&dependent.level, 0, |walk| {
                                            for claim in &dependent.claims {
                                                walk.status(&claim.statuses, "2200E");
                                            }
                                        });
                                    }
                                });
                            }
                        });
                    }
                });
            }
        });
    }
}
