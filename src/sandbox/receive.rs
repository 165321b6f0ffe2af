//! From a file of claims to its TA1, 999 and 277CA, and to claims that wait for adjudication.

use chrono::Days;
use sha2::{Digest, Sha256};

use crate::types::Money;
use crate::x12::answer::GroupAnswer;
use crate::x12::segments::{Gs, Isa, Nm1};
use crate::x12::x837p::Professional;
use crate::x12::{Body, Guide, Interchange, Issue, Issues, Text, read_file_watched};

use super::Round;
use super::acknowledge;
use super::claim::{Frequency, ReceivedClaim};
use super::map_277::{self, Acknowledged, Answered, Verdict};
use super::map_837;
use super::state::{Answer, Batch, OpenClaim, Partner};
use super::triggers::{self, MemberTrigger, REVIEW_DAYS, SLOW_DAYS};
use super::wire::{self, Envelope};

/// More issues than this are counted, not told.
const ISSUES_MAX: usize = 10_000;

/// A claim with what is said of it; our number when it is in.
type Taken = (ReceivedClaim, Verdict, Option<String>);

impl Round<'_> {
    /// Reads a file and decides its answers.
    pub(super) fn receive(&mut self, name: &str, content: &[u8]) {
        self.report.files += 1;
        self.state.answered.push(name.to_owned());
        let file = read_file_watched(content, Issues::keeping(ISSUES_MAX), None);
        let hash: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        if file.interchanges.iter().all(|interchange| interchange.header.is_none()) {
            self.report.unreadable += 1;
        }
        for (interchange, number) in file.interchanges.iter().zip(1..) {
            let issues: Vec<&Issue> =
                file.issues.kept().iter().filter(|issue| issue.at.interchange == number).collect();
            if let Some(header) = &interchange.header {
                self.interchange(header, interchange, &issues, &hash);
            }
        }
    }

    fn interchange(
        &mut self,
        header: &Isa<'_>,
        interchange: &Interchange<'_>,
        issues: &[&Issue],
        hash: &str,
    ) {
        let is_of_claims = |group: &crate::x12::Group<'_>| {
            group.header.and_then(|header| header.functional_id).is_none_or(|id| id == "HC")
        };
        if !interchange.groups.iter().any(is_of_claims) && issues.is_empty() {
            // Acknowledgments of what we sent: nothing to answer.
            return;
        }
        let first_group = interchange.groups.iter().find_map(|group| group.header);
        let partner = partner(header, first_group.as_ref());
        let control = text(header.control_number);
        let key = format!("{}/{control}", partner.interchange.1);
        let plain: String = partner.interchange.1.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut base = format!("{}-{plain}-{control}", self.profile.identifier);
        let mut note = acknowledge::rejection(&control, issues);
        match self.state.interchanges.get(&key) {
            Some(known) if known == hash => return,
            Some(_) => {
                // Another file under a number that was used: said once for each such file.
                note = Some("025");
                base = format!("{base}-{}", hash.get(..8).unwrap_or(hash));
            }
            None => {
                self.state.interchanges.insert(key, hash.to_owned());
            }
        }
        if note.is_some() || text(header.acknowledgment_requested) == "1" {
            let envelope = Envelope {
                partner: &partner,
                number: self.state.numbers.next_interchange(),
                today: self.today,
            };
            if let Some(content) = acknowledge::ta1(envelope, interchange, note) {
                self.state.outbox.push(Answer { name: format!("{base}.ta1"), content });
            }
        }
        if note.is_some() {
            self.report.interchanges_rejected += 1;
            return;
        }
        let mut verdicts = vec![];
        let mut accepted: Vec<(Batch, String, Vec<Taken>)> = vec![];
        for (group, number) in interchange.groups.iter().zip(1..) {
            if !is_of_claims(group) {
                continue;
            }
            let of_group: Vec<&Issue> =
                issues.iter().copied().filter(|issue| issue.at.group == number).collect();
            let mut verdict = GroupAnswer::of_envelope(group, &of_group);
            if verdict.is_rejected() {
                self.report.sets_rejected += u32::try_from(group.sets.len()).unwrap_or(u32::MAX);
                verdicts.push(verdict);
                continue;
            }
            for (set, number) in group.sets.iter().zip(1..) {
                let of_set: Vec<&Issue> =
                    of_group.iter().copied().filter(|issue| issue.at.set == number).collect();
                let known = &self.state.groups;
                let is_unknown = |group: &str| triggers::is_unknown_group(group) && !known.contains(group);
                let (set_verdict, unknown) = acknowledge::judge(set, &of_set, is_unknown);
                self.state.groups.extend(unknown);
                match &set.body {
                    Body::Professional(body) if set_verdict.is_accepted() => {
                        self.report.sets_accepted += 1;
                        let batch = batch(&partner, body);
                        let reference = format!("{control}-{}", text(set.header.control_number));
                        accepted.push((batch.clone(), reference, self.take(body, &batch)));
                    }
                    _ => self.report.sets_rejected += 1,
                }
                verdict.sets.push(set_verdict);
            }
            verdicts.push(verdict);
        }
        if verdicts.is_empty() {
            return;
        }
        let number = self.state.numbers.next_interchange();
        let envelope = Envelope { partner: &partner, number, today: self.today };
        let content = acknowledge::file(envelope, &verdicts);
        self.state.outbox.push(Answer { name: format!("{base}.999"), content });
        let sets: Vec<Answered<'_>> = accepted
            .iter()
            .filter(|(_, _, claims)| !claims.is_empty())
            .map(|(batch, reference, claims)| self.answered(batch, reference.clone(), claims))
            .collect();
        if !sets.is_empty() {
            let number = self.state.numbers.interchange + 1;
            let envelope = Envelope { partner: &partner, number, today: self.today };
            let answers: Vec<_> = sets.iter().map(Answered::answer).collect();
            let content = wire::file(envelope, Guide::ClaimAcknowledgment, &map_277::bodies(&answers));
            self.state.numbers.next_interchange();
            self.state.outbox.push(Answer { name: format!("{base}.277ca"), content });
        }
    }

    fn answered<'c>(&'c self, batch: &'c Batch, reference: String, claims: &'c [Taken]) -> Answered<'c> {
        Answered {
            batch,
            payer: (&self.profile.name, &self.profile.identifier),
            reference,
            received_on: self.today,
            today: self.today,
            claims: claims
                .iter()
                .map(|(claim, verdict, number)| Acknowledged {
                    claim,
                    verdict: *verdict,
                    payer_control_number: number.as_deref(),
                })
                .collect(),
        }
    }

    /// Takes the claims of an accepted set in; those of which nobody will hear are left out.
    fn take(&mut self, body: &Professional<'_>, batch: &Batch) -> Vec<Taken> {
        let mut taken = vec![];
        for claim in map_837::claims(body) {
            let trigger = MemberTrigger::of(claim.member_id.expose());
            if trigger == Some(MemberTrigger::Silence) {
                self.report.claims_silent += 1;
                continue;
            }
            let verdict = self.verdict(&claim, trigger);
            if verdict.is_rejection() {
                self.report.claims_rejected += 1;
                taken.push((claim, verdict, None));
                continue;
            }
            let plan = &self.profile.plan;
            let in_review = verdict == Verdict::RECEIVED;
            let review_until = in_review.then(|| self.today + Days::new(REVIEW_DAYS));
            let days = match trigger {
                Some(MemberTrigger::Slow) => {
                    u64::try_from(plan.prompt_pay_days).unwrap_or_default() + SLOW_DAYS
                }
                _ if in_review => plan.days_to_pay.max(REVIEW_DAYS),
                _ => plan.days_to_pay,
            };
            if in_review {
                self.report.claims_in_review += 1;
            } else {
                self.report.claims_accepted += 1;
            }
            let number = self.state.numbers.next_claim(self.today);
            self.state.open.push(OpenClaim {
                claim: claim.clone(),
                payer_control_number: number.clone(),
                received_on: self.today,
                review_until,
                due_on: self.today + Days::new(days),
                batch: batch.clone(),
            });
            taken.push((claim, verdict, Some(number)));
        }
        taken
    }

    fn verdict(&self, claim: &ReceivedClaim, trigger: Option<MemberTrigger>) -> Verdict {
        let of_lines: Money = claim.lines.iter().map(|line| line.charged).sum();
        let original = claim.original.as_deref();
        if claim.payer_identifier != self.profile.identifier {
            Verdict::rejected("A3", "116")
        } else if trigger == Some(MemberTrigger::NotFound) {
            Verdict::rejected("A7", "33").about("IL")
        } else if !claim.has_diagnosis {
            Verdict::rejected("A6", "254")
        } else if claim.lines.iter().any(|line| line.first_day.is_none()) {
            Verdict::rejected("A6", "187")
        } else if claim.lines.iter().any(|line| line.charged.is_negative()) {
            Verdict::rejected("A7", "178")
        } else if of_lines != claim.charged {
            Verdict::rejected("A7", "400")
        } else if claim.frequency != Frequency::Original && original.is_none() {
            Verdict::rejected("A6", "464")
        } else if claim.frequency != Frequency::Original
            && original.is_some_and(|number| !self.state.decided.contains_key(number))
        {
            Verdict::rejected("A4", "35")
        } else if trigger == Some(MemberTrigger::Review) {
            Verdict::RECEIVED
        } else {
            Verdict::ACCEPTED
        }
    }

    /// Ends the reviews that are over: A2 in a 277CA of its own.
    pub(super) fn end_reviews(&mut self) {
        let today = self.today;
        let mut over: Vec<OpenClaim> = vec![];
        for open in &mut self.state.open {
            if open.review_until.is_some_and(|until| until <= today) {
                open.review_until = None;
                over.push(open.clone());
            }
        }
        let mut batches: Vec<Batch> = over.iter().map(|open| open.batch.clone()).collect();
        batches.sort();
        batches.dedup();
        for batch in batches {
            let claims: Vec<&OpenClaim> = over.iter().filter(|open| open.batch == batch).collect();
            let number = self.state.numbers.next_interchange();
            let answered = Answered {
                batch: &batch,
                payer: (&self.profile.name, &self.profile.identifier),
                reference: format!("REVIEW{number:09}"),
                received_on: claims.iter().map(|open| open.received_on).min().unwrap_or(today),
                today,
                claims: claims
                    .iter()
                    .map(|open| Acknowledged {
                        claim: &open.claim,
                        verdict: Verdict::ACCEPTED,
                        payer_control_number: Some(&open.payer_control_number),
                    })
                    .collect(),
            };
            let envelope = Envelope { partner: &batch.partner, number, today };
            let content =
                wire::file(envelope, Guide::ClaimAcknowledgment, &map_277::bodies(&[answered.answer()]));
            let name = format!("{}-review-{number:09}.277ca", self.profile.identifier);
            self.report.claims_accepted += u32::try_from(claims.len()).unwrap_or(u32::MAX);
            self.state.outbox.push(Answer { name, content });
        }
    }
}

fn partner(header: &Isa<'_>, group: Option<&Gs<'_>>) -> Partner {
    let sender = text(header.sender);
    let receiver = text(header.receiver);
    let usage = text(header.usage);
    Partner {
        application: group.map_or_else(|| sender.clone(), |group| text(group.sender)),
        our_application: group.map_or_else(|| receiver.clone(), |group| text(group.receiver)),
        interchange: (text(header.sender_qualifier), sender),
        ours: (text(header.receiver_qualifier), receiver),
        // Anything but a production file is a test.
        usage: if usage == "P" { usage } else { "T".to_owned() },
    }
}

fn batch(partner: &Partner, body: &Professional<'_>) -> Batch {
    let submitter: &Nm1<'_> = &body.submitter.name;
    Batch {
        partner: partner.clone(),
        reference: text(body.beginning.reference),
        submitter: (text(submitter.last_or_organization), text(submitter.id)),
    }
}

fn text(text: Option<Text<'_>>) -> String {
    text.unwrap_or_default().trim().to_str().into_owned()
}
