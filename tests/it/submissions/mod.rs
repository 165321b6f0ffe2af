//! Batches: built of queued claims, read back, handed over.

mod batches;

use std::cell::Cell;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use diesel::sql_query;
use diesel::sql_types::{Binary, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::claims::model::{
    BillingProvider, Claim, Frequency, Patient, Payer, PayerSequence, ProviderName, Relationship,
    ServiceLine, Subscriber, Unit,
};
use firstpass::claims::{self, Event, Happened, NewClaim, RecordedEvent, Source};
use firstpass::codes::Codes;
use firstpass::db::Actor;
use firstpass::exchange::mailbox::DirectoryMailbox;
use firstpass::registry::organizations;
use firstpass::scrub::{self, Context, History, PracticeRules, ScrubbedClaim, Verdict};
use firstpass::submissions::{self, Addressee, Built, Submission};
use firstpass::types::{
    Address, ClaimId, CoverageId, EncounterId, FileId, Money, PatientId, PayerId, PersonName, Phi, Result,
    Sex,
};
use serde_json::json;

use crate::support::{World, receiver, submitter, world};

/// A practice that bills two payers.
pub struct Practice {
    pub world: World,
    pub actor: Actor,
    pub acme: PayerId,
    pub beta: PayerId,
    provider: uuid::Uuid,
    file: FileId,
    visits: Cell<u32>,
}

pub fn now() -> DateTime<Utc> {
    "2026-11-23T15:30:45Z".parse().unwrap()
}

/// Chicago time is six hours behind: 09:30.
pub async fn practice() -> Practice {
    let world = world().await;
    let actor = world.organization("Lakeside Family Practice").await;
    world.enroll(&actor, &submitter("Lakeside Family Practice", "LAKESIDE")).await;
    let (acme, beta, provider, file) = (PayerId::new(), PayerId::new(), uuid::Uuid::now_v7(), FileId::new());
    world
        .db
        .transaction(&actor, async |tx| {
            let organization = tx.actor().organization;
            for (id, identifier, name) in
                [(acme, "ACMEHLTH", "Acme Health"), (beta, "BETAMUT", "Beta Mutual")]
            {
                sql_query(
                    "insert into payers (organization_id, id, identifier, name, filing_indicator, mailbox,
                        timely_filing_days, appeal_days) values ($1, $2, $3, $4, 'CI', 'box', 365, 180)",
                )
                .bind::<Uuid, _>(organization)
                .bind::<Uuid, _>(id)
                .bind::<Text, _>(identifier)
                .bind::<Text, _>(name)
                .execute(tx.conn())
                .await?;
            }
            sql_query(
                "insert into providers (organization_id, id, npi, last_name, first_name, bills)
                 values ($1, $2, '1234567893', 'Doe', 'Dana', false)",
            )
            .bind::<Uuid, _>(organization)
            .bind::<Uuid, _>(provider)
            .execute(tx.conn())
            .await?;
            sql_query(
                "insert into files (organization_id, id, sha256, size_bytes, direction, name)
                 values ($1, $2, sha256($3), 0, 'in', 'charges.csv')",
            )
            .bind::<Uuid, _>(organization)
            .bind::<Uuid, _>(file)
            .bind::<Binary, _>(b"charges".as_slice())
            .execute(tx.conn())
            .await?;
            tx.audit("test/practice", acme, None, json!({})).await
        })
        .await
        .unwrap();
    Practice { world, actor, acme, beta, provider, file, visits: Cell::new(0) }
}

fn address(line_1: &str) -> Address {
    Address {
        line_1: line_1.into(),
        line_2: None,
        city: "Springfield".into(),
        state: "IL".into(),
        zip: "627011234".into(),
    }
}

/// Jane Roe, visit by visit another member, saw Lakeside on 2 November 2026.
fn claim(visit: u32, payer: PayerId, identifier: &str, name: &str) -> Claim {
    let person = Phi::new(PersonName::new(
        "Roe",
        format!("Jane{}", "abcdefghij".chars().nth(visit as usize % 10).unwrap()),
    ));
    let born = Some(Phi::new("1980-01-01".parse().unwrap()));
    Claim {
        id: ClaimId::new(),
        patient_control_number: None,
        frequency: Frequency::Original,
        payer_claim_control_number: None,
        sequence: PayerSequence::Primary,
        medicare_secondary: None,
        payer: Payer {
            id: Some(payer),
            identifier: identifier.into(),
            name: name.into(),
            filing_indicator: "CI".into(),
        },
        billing: BillingProvider {
            name: ProviderName::Organization("Lakeside Family Practice".into()),
            npi: Some("1234567893".into()),
            taxonomy: Some("207Q00000X".into()),
            tax_id: "123456789".into(),
            tax_id_is_ssn: false,
            address: address("1 Lake St"),
            pay_to: None,
        },
        subscriber: Subscriber {
            name: person.clone(),
            member_id: format!("W{visit:05}").as_str().into(),
            group_number: None,
            group_name: None,
            born_on: born,
            sex: Some(Sex::Female),
            address: Some(Phi::new(address("2 Oak Ave"))),
        },
        patient: Patient {
            relationship: Relationship::Itself,
            name: person,
            born_on: born,
            died_on: None,
            sex: Some(Sex::Female),
            address: Some(Phi::new(address("2 Oak Ave"))),
        },
        charged: Money::from_cents(15_000),
        patient_paid: None,
        place_of_service: "11".into(),
        signature_on_file: true,
        accepts_assignment: true,
        benefits_assigned: true,
        release_of_information: true,
        signed_for_patient: false,
        related_causes: vec![],
        accident_state: None,
        accident_country: None,
        special_program: None,
        delay_reason: None,
        diagnoses: vec!["E119".into()],
        referring: None,
        rendering: None,
        facility: None,
        supervising: None,
        onset_on: None,
        initial_treatment_on: None,
        last_seen_on: None,
        acute_manifestation_on: None,
        last_menstrual_period_on: None,
        accident_on: None,
        admitted_on: None,
        discharged_on: None,
        prior_authorization: None,
        referral_number: None,
        attachments: vec![],
        mammography_number: None,
        clia_number: None,
        note: None,
        other_payers: vec![],
        lines: vec![ServiceLine {
            control_number: None,
            procedure: "99213".into(),
            modifiers: vec![],
            description: None,
            charged: Money::from_cents(15_000),
            unit: Unit::Units,
            units: 1.into(),
            place_of_service: None,
            pointers: vec![1],
            from: Some("2026-11-02".parse().unwrap()),
            thru: None,
            rendering: None,
            ordering: None,
            prior_authorization: None,
            attachments: vec![],
            mammography_number: None,
            clia_number: None,
            drug: None,
            adjudications: vec![],
        }],
    }
}

fn scrubbed(claim: &Claim) -> ScrubbedClaim<'_> {
    let rules = PracticeRules::default();
    let context = Context {
        codes: Codes::shipped(),
        rules: &rules,
        history: History::Known(&[]),
        today: "2026-11-23".parse().unwrap(),
    };
    match scrub::check(claim, &context) {
        Verdict::Ready(scrubbed) => scrubbed,
        Verdict::Held(findings) => panic!("{findings:#?}"),
    }
}

impl Practice {
    /// Claims of that many visits to Acme Health, drafted.
    pub async fn drafted(&self, count: usize) -> Vec<ClaimId> {
        self.drafted_for(count, self.acme, "ACMEHLTH", "Acme Health").await
    }

    /// The same to Beta Mutual.
    pub async fn drafted_for_beta(&self, count: usize) -> Vec<ClaimId> {
        self.drafted_for(count, self.beta, "BETAMUT", "Beta Mutual").await
    }

    async fn drafted_for(&self, count: usize, payer: PayerId, identifier: &str, name: &str) -> Vec<ClaimId> {
        let mut ids = vec![];
        for _ in 0..count {
            let visit = self.visits.get() + 1;
            self.visits.set(visit);
            let (patient, coverage, encounter) = (PatientId::new(), CoverageId::new(), EncounterId::new());
            let document = claim(visit, payer, identifier, name);
            let number = format!("V{visit:05}");
            let drafted = self
                .world
                .db
                .transaction(&self.actor, async |tx| {
                    let organization = tx.actor().organization;
                    sql_query(
                        "insert into patients (organization_id, id, account_number, last_name, first_name, born_on,
                            sex, address_line_1, city, state, zip)
                         values ($1, $2, $3, 'Roe', 'Jane', '1980-01-01', 'F', '2 Oak Ave', 'Springfield', 'IL', '62701')",
                    )
                    .bind::<Uuid, _>(organization)
                    .bind::<Uuid, _>(patient)
                    .bind::<Text, _>(&number)
                    .execute(tx.conn())
                    .await?;
                    sql_query(
                        "insert into coverages (organization_id, id, patient_id, payer_id, rank, member_id,
                            relationship, subscriber_last_name, valid_from)
                         values ($1, $2, $3, $4, $5, $6, '18', 'Roe', '2020-01-01')",
                    )
                    .bind::<Uuid, _>(organization)
                    .bind::<Uuid, _>(coverage)
                    .bind::<Uuid, _>(patient)
                    .bind::<Uuid, _>(payer)
                    .bind::<SmallInt, _>(1_i16)
                    .bind::<Text, _>(&number)
                    .execute(tx.conn())
                    .await?;
                    sql_query(
                        "insert into encounters (organization_id, id, visit_number, patient_id, billing_provider_id,
                            place_of_service, service_on, diagnoses, charged, file_id, first_row, last_row)
                         values ($1, $2, $3, $4, $5, '11', '2026-11-02', '{E119}', $6, $7, 2, 2)",
                    )
                    .bind::<Uuid, _>(organization)
                    .bind::<Uuid, _>(encounter)
                    .bind::<Text, _>(&number)
                    .bind::<Uuid, _>(patient)
                    .bind::<Uuid, _>(self.provider)
                    .bind::<Numeric, _>(document.charged)
                    .bind::<Uuid, _>(self.file)
                    .execute(tx.conn())
                    .await?;
                    let new = NewClaim {
                        claim: document.clone(),
                        encounter,
                        patient,
                        payer,
                        coverage,
                        account_claim: None,
                        source: Source::new("encounter", encounter),
                    };
                    let drafted = claims::draft(tx, now(), &[new]).await?;
                    tx.audit("test/draft", document.id, None, json!({})).await?;
                    Ok(drafted)
                })
                .await
                .unwrap();
            ids.extend(drafted);
        }
        ids
    }

    /// Releases and queues claims; a batch takes what comes back.
    pub async fn queued(&self, ids: &[ClaimId]) -> Vec<(Submission, Claim)> {
        self.world
            .db
            .transaction(&self.actor, async |tx| {
                let organization = organizations::current(tx).await?;
                let released: Vec<Happened> = ids
                    .iter()
                    .map(|id| Happened {
                        claim: *id,
                        event: Event::Released,
                        source: Source::new("scrub", uuid::Uuid::now_v7()),
                        detail: json!({}),
                    })
                    .collect();
                claims::record(tx, now(), &released).await?;
                let stored = claims::load(tx, ids).await?;
                let ready: Vec<ScrubbedClaim<'_>> = stored.iter().map(|one| scrubbed(&one.claim)).collect();
                let prefix = &organization.control_number_prefix;
                let queued = submissions::queue(tx, now(), prefix, &ready).await?;
                tx.audit("test/queue", ids[0], None, json!({})).await?;
                Ok(queued.into_iter().zip(stored.into_iter().map(|one| *one.claim)).collect())
            })
            .await
            .unwrap()
    }

    pub async fn built(&self, queued: &[(Submission, Claim)]) -> Result<Built> {
        let beta = queued.first().is_some_and(|(_, claim)| claim.payer.id == Some(self.beta));
        let (payer, receiver) = if beta {
            (self.beta, receiver("BETAMUT", "Beta Mutual"))
        } else {
            (self.acme, receiver("ACMEHLTH", "Acme Health"))
        };
        self.built_for(Addressee { payer, receiver: &receiver }, queued).await
    }

    pub async fn built_for(&self, to: Addressee<'_>, queued: &[(Submission, Claim)]) -> Result<Built> {
        self.world
            .db
            .transaction(&self.actor, async |tx| {
                let organization = organizations::current(tx).await?;
                let claims: Vec<(Submission, ScrubbedClaim<'_>)> =
                    queued.iter().map(|(submission, claim)| (submission.clone(), scrubbed(claim))).collect();
                submissions::build(tx, now(), &organization, to, &claims).await
            })
            .await
    }

    pub async fn status(&self, claim: ClaimId) -> String {
        self.world
            .db
            .snapshot(&self.actor, async |tx| claims::get(tx, claim).await)
            .await
            .unwrap()
            .status
            .to_string()
    }

    pub async fn events(&self, claim: ClaimId) -> Vec<RecordedEvent> {
        self.world.db.snapshot(&self.actor, async |tx| claims::events(tx, claim).await).await.unwrap()
    }
}

/// A mailbox of one's own, gone with the value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        Folder(std::env::temp_dir().join(format!("firstpass-batches-{}", uuid::Uuid::now_v7().simple())))
    }
    pub fn mailbox(&self) -> DirectoryMailbox {
        DirectoryMailbox::new(self.0.join("out"), self.0.join("in"))
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
