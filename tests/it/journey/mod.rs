//! A practice's days, each a story: charges in, claims out to sandbox payers, answers back, and
//! the books at the end. The amounts are worked out beside each test, from the plans below.

mod back_test;
mod bad_files;
mod duplicate_835_is_posted_once;
mod exceptions_worked;
mod paid_in_full;
mod partial_denial;
mod rejected_and_resent;
mod replay;
mod reversal_and_correction;
mod secondary_payer;
mod self_pay;
mod trading_partners;
mod underpaid;
mod unposted_and_posted_again;

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use firstpass::charges::{self, Mode};
use firstpass::claims::{self, Status, StoredClaim};
use firstpass::codes::Codes;
use firstpass::db::Actor;
use firstpass::exchange::files::{self, Direction};
use firstpass::exchange::mailbox::DirectoryMailbox;
use firstpass::journey::{self, ImportedCharges, Mail};
use firstpass::ledger::{self, AsOf};
use firstpass::registry::{Coverage, Payer, coverages, patients, payers, providers};
use firstpass::sandbox::{Plan, SandboxPayer};
use firstpass::types::{Clock, CoverageId, Money, PayerId, PersonName, Phi};

use crate::support::practice::{DOCTOR_NPI, GROUP_NPI, day, doctor, group, patient};
use crate::support::{self, World};

/// Account, and the insurances in order: payer's place, member id, group number.
type Insured = (&'static str, &'static [(usize, &'static str, &'static str)]);

/// Meridian and Prairie, each with its member id.
const PATIENTS: &[Insured] = &[
    ("P-MERIDIAN", &[(0, "W10000001", "G100")]),
    ("P-BOTH", &[(0, "W10000002", "G100"), (1, "W20000002", "G200")]),
    ("P-ALONE", &[]),
    ("P-PRAIRIE", &[(1, "W20000003", "G200")]),
    ("P-UNKNOWN", &[(0, "W10000017", "G100")]),
    ("P-CORRECTED", &[(0, "W10000047", "G100")]),
    ("P-NEW-GROUP", &[(0, "W10000003", "G997")]),
];

const PAYERS: [(&str, &str, &str); 2] =
    [("SBXMERID", "Meridian Mutual Sandbox", "CI"), ("SBXPRAIR", "Prairie Shield Sandbox", "BL")];

/// Without chance. Meridian: visits 78 %, copay 25.00; prevention 85 %, free; 20610 only with
/// authorization. Prairie: visits 72 %.
fn plan(of: usize) -> Plan {
    let plan = if of == 0 { Plan::commercial() } else { Plan::preferred_provider() };
    Plan {
        deductible: Money::from_cents(1_000),
        deductible_met_per_mille: 0,
        unnecessary_per_mille: 0,
        incomplete_per_mille: 0,
        ..plan
    }
}

/// Procedure, modifier, charge.
type MadeLine<'a> = (&'a str, &'a str, &'a str);
/// Account, day, diagnosis, and the lines.
type MadeVisit<'a> = (&'a str, &'a str, &'a str, &'a [MadeLine<'a>]);

/// A practice with two sandbox payers, on 2 April 2026.
pub struct Office {
    pub world: World,
    pub actor: Actor,
    pub clock: Clock,
    /// The data folder: the mailboxes lie in it where every process looks for them.
    pub folder: PathBuf,
}

impl Office {
    pub async fn open() -> Office {
        let world = support::world().await;
        let actor = world.organization("Elm Street").await;
        world.enroll(&actor, &support::submitter("Elm Street Clinic", GROUP_NPI)).await;
        Office::furnish(world, actor, "2026-04-02T15:00:00Z".parse().unwrap()).await
    }

    /// The same, before anybody has said as whom it sends.
    pub async fn open_unenrolled() -> Office {
        let world = support::world().await;
        let actor = world.organization("Elm Street").await;
        Office::furnish(world, actor, "2026-04-02T15:00:00Z".parse().unwrap()).await
    }

    /// The same, now: for stories of real processes, which have the machine's clock.
    pub async fn open_now() -> Office {
        let world = support::world().await;
        let actor = world.organization("Elm Street").await;
        world.enroll(&actor, &support::submitter("Elm Street Clinic", GROUP_NPI)).await;
        Office::furnish(world, actor, Utc::now()).await
    }

    async fn furnish(world: World, actor: Actor, now: DateTime<Utc>) -> Office {
        world
            .db
            .transaction(&actor, async |tx| {
                providers::save(tx, &[group(), doctor()]).await?;
                let mut ids = vec![];
                for (identifier, name, filing_indicator) in PAYERS {
                    let payer = Payer {
                        id: PayerId::new(),
                        identifier: identifier.parse().unwrap(),
                        name: name.into(),
                        filing_indicator: filing_indicator.into(),
                        mailbox: identifier.to_lowercase(),
                        timely_filing_days: 180,
                        appeal_days: 60,
                        authorization_procedures: vec![],
                        receiver: Some(support::receiver(identifier, name)),
                    };
                    ids.push(payers::save(tx, &payer).await?);
                }
                let people: Vec<_> = PATIENTS.iter().map(|(account, _)| patient(account)).collect();
                let mut insured = vec![];
                for (id, (_, insurances)) in patients::save(tx, &people).await?.into_iter().zip(PATIENTS) {
                    for (rank, (payer, member_id, group)) in (1..).zip(insurances.iter()) {
                        insured.push(Coverage {
                            id: CoverageId::new(),
                            patient: id,
                            payer: ids[*payer],
                            rank,
                            member_id: member_id.parse().unwrap(),
                            group_number: Some((*group).into()),
                            relationship: "18".into(),
                            subscriber: Phi::new(PersonName::new("Roe", "Jane")),
                            subscriber_born_on: None,
                            subscriber_sex: None,
                            medicare_secondary: None,
                            valid_from: day("2020-01-01"),
                            valid_to: None,
                        });
                    }
                }
                coverages::save(tx, &insured).await
            })
            .await
            .unwrap();
        let folder = std::env::temp_dir().join(format!("firstpass-journey-{}", uuid::Uuid::now_v7()));
        Office { world, actor, clock: Clock::standing_at(now), folder }
    }

    /// A payer's folder, with `out` and `in`.
    pub fn mail_folder(&self, payer: &str) -> PathBuf {
        let practice = self.actor.organization.to_string();
        self.folder.join("mailboxes").join(practice).join(payer.to_lowercase())
    }

    fn mailbox(&self, payer: &str) -> DirectoryMailbox {
        let folder = self.mail_folder(payer);
        DirectoryMailbox::new(folder.join("out"), folder.join("in"))
    }

    /// Imports visits of one day each: account, day, diagnosis, and lines of procedure, modifier
    /// and charge.
    pub async fn charge(&self, visits: &[MadeVisit<'_>]) -> ImportedCharges {
        let mut csv =
            "visit_number,patient_account,billing_npi,rendering_npi,service_date,place_of_service,dx1,\
                       units,pointers,procedure,modifiers,charge\n"
                .to_owned();
        for (account, on, diagnosis, lines) in visits {
            for (procedure, modifier, charge) in *lines {
                csv.push_str(&format!(
                    "V{on}{account},{account},{GROUP_NPI},{DOCTOR_NPI},{on},11,{diagnosis},1,A,{procedure},\
                     {modifier},{charge}\n"
                ));
            }
        }
        let bytes = csv.as_bytes();
        let db = &self.world.db;
        let kept = db
            .transaction(&self.actor, async |tx| files::keep(tx, bytes, "charges.csv", Direction::In).await)
            .await
            .unwrap();
        let imported = db
            .transaction(&self.actor, async |tx| {
                let charges = charges::read_sheet(bytes, None)?;
                journey::import_charges(tx, self.clock.now(), kept.id, charges, Mode::AllOrNothing).await
            })
            .await
            .unwrap();
        assert!(imported.report.is_complete(), "{:?}", imported.report.problems);
        imported
    }

    /// Scrubs, queues and sends what is ready; the control numbers that were given.
    pub async fn send(&self) -> Vec<String> {
        let (db, actor, now, codes) = (&self.world.db, &self.actor, self.clock.now(), Codes::shipped());
        let scrubbed = journey::scrub_drafts(db, actor, now, codes).await.unwrap();
        assert_eq!(scrubbed.stopped_by, std::collections::BTreeMap::new());
        let queued =
            db.transaction(actor, async |tx| journey::queue_ready(tx, now, codes).await).await.unwrap();
        journey::send_batches(db, actor, now, codes, |payer| self.mailbox(&payer.mailbox)).await.unwrap();
        queued.into_iter().map(|submission| submission.control_number.to_string()).collect()
    }

    /// The payers read and answer; what came of their answers.
    pub async fn answers(&self) -> Vec<Mail> {
        self.payers_work().await;
        self.fetch().await
    }

    /// The payers read and answer.
    pub async fn payers_work(&self) {
        for (at, (identifier, name, _)) in PAYERS.into_iter().enumerate() {
            let (theirs, memory) =
                (self.mailbox(identifier).from_the_other_side(), self.folder.join(identifier).join("payer"));
            let payer = SandboxPayer::new(identifier, name, plan(at), 7, theirs, memory);
            payer.work(self.clock.now().date_naive()).await.unwrap();
        }
    }

    /// What came of the payers' mail.
    pub async fn fetch(&self) -> Vec<Mail> {
        let mut mail = vec![];
        for (identifier, ..) in PAYERS {
            let ours = self.mailbox(identifier);
            mail.extend(
                journey::receive_mail(&self.world.db, &self.actor, &self.clock, &ours).await.unwrap(),
            );
        }
        mail
    }

    /// Gives the files that a payer left other names.
    pub fn rename_mail(&self, payer: &str, new: impl Fn(&str) -> &str) {
        let folder = self.mail_folder(payer).join("in");
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_file() {
                fs::rename(entry.path(), folder.join(new(&name))).unwrap();
            }
        }
    }

    /// Charges, sends, and takes in the answers of the same day.
    pub async fn day(&self, visits: &[MadeVisit<'_>]) -> Vec<Mail> {
        self.charge(visits).await;
        self.send().await;
        self.answers().await
    }

    pub fn days_pass(&self, days: i64) {
        self.clock.advance(TimeDelta::days(days));
    }

    /// A file that comes by hand.
    pub async fn receive(&self, name: &str, bytes: &[u8]) -> Mail {
        journey::receive_file(&self.world.db, &self.actor, &self.clock, name, bytes).await.unwrap()
    }

    /// All claims, oldest first.
    pub async fn claims(&self) -> Vec<StoredClaim> {
        self.world
            .db
            .snapshot(&self.actor, async |tx| {
                let mut ids = vec![];
                for status in Status::ALL {
                    ids.extend(claims::ids_with_status(tx, status, None, 100).await?);
                }
                ids.sort();
                claims::load(tx, &ids).await
            })
            .await
            .unwrap()
    }

    /// Their statuses.
    pub async fn statuses(&self) -> Vec<&'static str> {
        self.claims().await.iter().map(|claim| claim.status.as_str()).collect()
    }

    /// What happened to a claim.
    pub async fn history(&self, claim: &StoredClaim) -> Vec<&'static str> {
        let db = &self.world.db;
        let events = db.snapshot(&self.actor, async |tx| claims::events(tx, claim.id).await).await.unwrap();
        events.iter().map(|event| event.event.as_str()).collect()
    }

    /// Balances that are not zero, in the order of the chart.
    pub async fn books(&self) -> String {
        let db = &self.world.db;
        let balances =
            db.snapshot(&self.actor, async |tx| ledger::balances(tx, AsOf::NOW).await).await.unwrap();
        let left = balances.iter().filter(|row| !row.balance.is_zero());
        left.map(|row| format!("{} {}", row.account.kind, row.balance)).collect::<Vec<_>>().join(", ")
    }

    /// Every proof of every feature holds.
    #[track_caller]
    pub fn proves(&self) -> impl Future<Output = ()> + '_ {
        let place = std::panic::Location::caller();
        async move {
            let db = &self.world.db;
            let proofs =
                db.snapshot(&self.actor, async |tx| journey::proofs(tx, AsOf::NOW).await).await.unwrap();
            assert_eq!(proofs.len(), 33);
            for proof in proofs {
                assert!(proof.holds, "{place}: {}: {}", proof.name, proof.detail);
            }
        }
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
