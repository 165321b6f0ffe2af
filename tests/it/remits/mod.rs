//! Remittances: small 835s written by hand, and the entries that a bookkeeper would make of them.

mod bad_input;
mod command;
mod crossover;
mod denied;
mod duplicates;
mod eob;
mod every_cent;
mod exceptions;
mod held;
mod items;
mod long;
mod overridden;
mod paid;
mod parts;
pub mod payee;
mod provider_adjustments;
mod references;
mod replaced;
mod resolved;
mod restated;
mod reversals;
mod rules;
mod secondary;
mod taken_back;
mod unposted;
mod variances;
mod within_set;

use std::cell::Cell;

use diesel::sql_query;
use diesel::sql_types::{BigInt, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;
use firstpass::claims;
use firstpass::db::{Actor, Tx};
use firstpass::ledger::{self, About, AccountKind, AsOf, EntryKind, NewEntry, Source, SourceKind, Transfer};
use firstpass::remits::exceptions::{
    self as waiting, Action, ExceptionDetail, Journal, JournalEntry, JournalLine,
};
use firstpass::remits::{self, Approval, Care, Decision, Mode, PostingRule, SetReport, Unposted};
use firstpass::types::{
    ClaimId, Clock, ControlNumber, CoverageId, EncounterId, EntryId, FileId, Money, PatientId, PayerId,
    ProviderId, RemitExceptionId, RemittanceId, Result, SubmissionId,
};

use crate::support::{self, World};

/// A practice with payers, in a database of its own.
pub struct Practice {
    pub world: World,
    pub actor: Actor,
    pub payer: PayerId,
    pub second_payer: PayerId,
    prefix: &'static str,
    provider: ProviderId,
    file: FileId,
    visits: Cell<u64>,
}

/// A claim that has left.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: ClaimId,
    /// CLM01.
    pub number: String,
    pub member: String,
    pub patient: PatientId,
    pub encounter: EncounterId,
    /// The claim under which the visit's money is kept.
    pub account: ClaimId,
    charged: Money,
    second_coverage: Option<CoverageId>,
}

fn dollars(text: &str) -> Money {
    text.parse().unwrap()
}

pub fn clock() -> Clock {
    Clock::standing_at("2026-04-02T15:00:00Z".parse().unwrap())
}

/// A practice in a database of its own.
pub async fn practice() -> Practice {
    let world = support::world().await;
    let actor = world.organization("Elm Street").await;
    furnish(world, actor, "ELM").await
}

/// Gives a practice what claims need to exist.
pub async fn furnish(world: World, actor: Actor, prefix: &'static str) -> Practice {
    let (payer, second_payer) = (PayerId::new(), PayerId::new());
    let (provider, file) = (ProviderId::new(), FileId::new());
    world
        .db
        .transaction(&actor, async |tx| {
            let organization = tx.actor().organization;
            for (id, identifier, name) in
                [(payer, "ACME1", "Acme Health"), (second_payer, "BETA2", "Beta Mutual")]
            {
                sql_query(
                    "insert into payers (organization_id, id, identifier, name, filing_indicator, mailbox,
                        timely_filing_days, appeal_days)
                     values ($1, $2, $3, $4, 'CI', 'box', 90, 180)",
                )
                .bind::<Uuid, _>(organization)
                .bind::<Uuid, _>(id)
                .bind::<Text, _>(identifier)
                .bind::<Text, _>(name)
                .execute(tx.conn())
                .await?;
            }
            sql_query(
                "insert into providers (organization_id, id, npi, taxonomy, last_name, first_name, tax_id,
                    address_line_1, city, state, zip, bills)
                 values ($1, $2, '1234567893', '207Q00000X', 'Doe', 'Dana', '123456789', '1 Elm St', 'Springfield',
                    'IL', '62701', true)",
            )
            .bind::<Uuid, _>(organization)
            .bind::<Uuid, _>(provider)
            .execute(tx.conn())
            .await?;
            sql_query(
                "insert into files (organization_id, id, sha256, size_bytes, direction, name)
                 values ($1, $2, sha256($3::bytea), 0, 'in', 'charges.csv')",
            )
            .bind::<Uuid, _>(organization)
            .bind::<Uuid, _>(file)
            .bind::<diesel::sql_types::Binary, _>(prefix.as_bytes())
            .execute(tx.conn())
            .await?;
            audited(tx).await
        })
        .await
        .unwrap();
    Practice { world, actor, payer, second_payer, prefix, provider, file, visits: Cell::new(0) }
}

async fn audited(tx: &mut Tx) -> Result<()> {
    tx.audit("remits/test", ClaimId::new(), None, serde_json::json!({})).await
}

impl Practice {
    /// A claim sent to Acme Health for these procedures on 2 March 2026; nobody else insures.
    pub async fn claim(&self, lines: &[(&str, &str)]) -> Sent {
        self.visit(lines, false).await
    }

    /// The same, and Beta Mutual comes second.
    pub async fn claim_with_second_payer(&self, lines: &[(&str, &str)]) -> Sent {
        self.visit(lines, true).await
    }

    async fn visit(&self, lines: &[(&str, &str)], second: bool) -> Sent {
        let visit = self.visits.get() + 1;
        self.visits.set(visit);
        let charged: Money = lines.iter().map(|(_, charge)| dollars(charge)).sum();
        let id = ClaimId::new();
        let sent = Sent {
            id,
            number: ControlNumber::issue(self.prefix, visit).unwrap().to_string(),
            member: format!("M{visit:05}"),
            patient: PatientId::new(),
            encounter: EncounterId::new(),
            account: id,
            charged,
            second_coverage: second.then(CoverageId::new),
        };
        let coverage = CoverageId::new();
        self.world
            .db
            .transaction(&self.actor, async |tx| {
                let organization = tx.actor().organization;
                sql_query(
                    "insert into patients (organization_id, id, account_number, last_name, first_name, born_on, sex,
                        address_line_1, city, state, zip)
                     values ($1, $2, $3, 'Roe', 'Jane', '1980-01-01', 'F', '1 Elm St', 'Chicago', 'IL', '60601')",
                )
                .bind::<Uuid, _>(organization)
                .bind::<Uuid, _>(sent.patient)
                .bind::<Text, _>(&sent.member)
                .execute(tx.conn())
                .await?;
                let second = sent.second_coverage.map(|id| (id, self.second_payer, 2_i16));
                for (id, payer, rank) in std::iter::once((coverage, self.payer, 1)).chain(second) {
                    sql_query(
                        "insert into coverages (organization_id, id, patient_id, payer_id, rank, member_id,
                            relationship, subscriber_last_name, valid_from)
                         values ($1, $2, $3, $4, $5, $6, '18', 'Roe', '2020-01-01')",
                    )
                    .bind::<Uuid, _>(organization)
                    .bind::<Uuid, _>(id)
                    .bind::<Uuid, _>(sent.patient)
                    .bind::<Uuid, _>(payer)
                    .bind::<SmallInt, _>(rank)
                    .bind::<Text, _>(&sent.member)
                    .execute(tx.conn())
                    .await?;
                }
                sql_query(
                    "insert into encounters (organization_id, id, visit_number, patient_id, billing_provider_id,
                        place_of_service, service_on, diagnoses, charged, file_id, first_row, last_row)
                     values ($1, $2, $3, $4, $5, '11', '2026-03-02', '{}', $6, $7, 1, 1)",
                )
                .bind::<Uuid, _>(organization)
                .bind::<Uuid, _>(sent.encounter)
                .bind::<Text, _>(&sent.member)
                .bind::<Uuid, _>(sent.patient)
                .bind::<Uuid, _>(self.provider)
                .bind::<Numeric, _>(sent.charged)
                .bind::<Uuid, _>(self.file)
                .execute(tx.conn())
                .await?;
                self.insert_claim(tx, &sent, self.payer, coverage, "P", lines).await?;
                let about = About { claim: Some(id), payer: Some(self.payer), patient: Some(sent.patient) };
                let charge =
                    Transfer::new(AccountKind::InsuranceAr, AccountKind::Charges, charged, about).unwrap();
                let source = Source::new(SourceKind::new("encounter"), sent.encounter.uuid());
                let day = "2026-03-02".parse().unwrap();
                ledger::post(tx, &NewEntry::new(EntryKind::Charge, source, day, vec![charge]).unwrap()).await?;
                audited(tx).await
            })
            .await
            .unwrap();
        sent
    }

    /// The patient turns out to be insured by Beta Mutual, too.
    pub async fn cover_second(&self, sent: &Sent) {
        self.world
            .db
            .transaction(&self.actor, async |tx| {
                sql_query(
                    "insert into coverages (organization_id, id, patient_id, payer_id, rank, member_id, relationship,
                        subscriber_last_name, valid_from)
                     values ($1, $2, $3, $4, 2, $5, '18', 'Roe', '2020-01-01')",
                )
                .bind::<Uuid, _>(tx.actor().organization)
                .bind::<Uuid, _>(CoverageId::new())
                .bind::<Uuid, _>(sent.patient)
                .bind::<Uuid, _>(self.second_payer)
                .bind::<Text, _>(&sent.member)
                .execute(tx.conn())
                .await?;
                audited(tx).await
            })
            .await
            .unwrap();
    }

    /// The claim to Beta Mutual for a visit that Acme Health has decided.
    pub async fn second_claim(&self, first: &Sent, lines: &[(&str, &str)]) -> Sent {
        let visit = self.visits.get() + 1;
        self.visits.set(visit);
        let number = ControlNumber::issue(self.prefix, visit).unwrap().to_string();
        let sent = Sent { id: ClaimId::new(), number, second_coverage: None, ..first.clone() };
        self.world
            .db
            .transaction(&self.actor, async |tx| {
                let coverage = first.second_coverage.unwrap();
                self.insert_claim(tx, &sent, self.second_payer, coverage, "S", lines).await?;
                audited(tx).await
            })
            .await
            .unwrap();
        sent
    }

    async fn insert_claim(
        &self,
        tx: &mut Tx,
        sent: &Sent,
        payer: PayerId,
        coverage: CoverageId,
        sequence: &str,
        lines: &[(&str, &str)],
    ) -> Result<()> {
        let organization = tx.actor().organization;
        sql_query(
            "with standing as (insert into claim_standings (organization_id, claim_id, status, events, charged)
                values ($1, $2, 'accepted', 1, $9))
             insert into claims (organization_id, id, account_claim_id, encounter_id, patient_id, payer_id, coverage_id,
                sequence, frequency, charged, service_from, service_thru, content)
             values ($1, $2, $3, $4, $5, $6, $7, $8, '1', $9, '2026-03-02', '2026-03-02', '{}')",
        )
        .bind::<Uuid, _>(organization)
        .bind::<Uuid, _>(sent.id)
        .bind::<Uuid, _>(sent.account)
        .bind::<Uuid, _>(sent.encounter)
        .bind::<Uuid, _>(sent.patient)
        .bind::<Uuid, _>(payer)
        .bind::<Uuid, _>(coverage)
        .bind::<Text, _>(sequence)
        .bind::<Numeric, _>(sent.charged)
        .execute(tx.conn())
        .await?;
        for (line_no, (procedure, charge)) in (1_i16..).zip(lines) {
            sql_query(
                "insert into claim_lines (organization_id, claim_id, line_no, control_number, procedure, units, charged,
                    from_on)
                 values ($1, $2, $3, $4, $5, 1, $6, '2026-03-02')",
            )
            .bind::<Uuid, _>(organization)
            .bind::<Uuid, _>(sent.id)
            .bind::<SmallInt, _>(line_no)
            .bind::<Text, _>(format!("L{line_no}"))
            .bind::<Text, _>(*procedure)
            .bind::<Numeric, _>(dollars(charge))
            .execute(tx.conn())
            .await?;
        }
        sql_query(
            "insert into submissions (organization_id, id, claim_id, control_number) values ($1, $2, $3, $4)",
        )
        .bind::<Uuid, _>(organization)
        .bind::<Uuid, _>(SubmissionId::new())
        .bind::<Uuid, _>(sent.id)
        .bind::<Text, _>(&sent.number)
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// Receives a file; a fault fails the test.
    pub async fn receive(&self, text: &str) -> Vec<SetReport> {
        self.try_receive(text, &mut vec![]).await.unwrap()
    }

    /// Receives a file of one set, and what was decided by it.
    pub async fn receive_one(&self, text: &str) -> (SetReport, Vec<Decision>) {
        let mut decisions = vec![];
        let mut reports = self.try_receive(text, &mut decisions).await.unwrap();
        assert_eq!(reports.len(), 1);
        (reports.remove(0), decisions)
    }

    pub async fn try_receive(&self, text: &str, decisions: &mut Vec<Decision>) -> Result<Vec<SetReport>> {
        remits::receive(&self.world.db, &self.actor, "remit.835", text.as_bytes(), &clock(), decisions).await
    }

    /// What is owed for a visit: by insurance, by the patient.
    pub async fn owed(&self, sent: &Sent) -> String {
        let account = sent.account;
        let owed = self
            .world
            .db
            .snapshot(&self.actor, async |tx| ledger::balance_of_claim(tx, account, AsOf::NOW).await)
            .await
            .unwrap();
        format!("insurance {}, patient {}", owed.insurance, owed.patient)
    }

    /// What one payer owes for a visit.
    pub async fn owed_by(&self, sent: &Sent, payer: PayerId) -> String {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Numeric)]
            owed: Money,
        }
        let account = sent.account;
        let row: Row = self
            .world
            .db
            .snapshot(&self.actor, async |tx| {
                Ok(sql_query(
                    "select coalesce(sum(case 1110 when debit_account then amount when credit_account then -amount
                        else 0 end), 0) as owed from transfers where claim_id = $1 and payer_id = $2",
                )
                .bind::<Uuid, _>(account)
                .bind::<Uuid, _>(payer)
                .get_result(tx.conn())
                .await?)
            })
            .await
            .unwrap();
        row.owed.to_string()
    }

    /// Balances that are not zero, in the order of the chart, each on the side on which it grows.
    pub async fn books(&self) -> String {
        let balances = self
            .world
            .db
            .snapshot(&self.actor, async |tx| ledger::balances(tx, AsOf::NOW).await)
            .await
            .unwrap();
        let left = balances.iter().filter(|row| !row.balance.is_zero());
        left.map(|row| format!("{} {}", row.account.kind, row.balance)).collect::<Vec<_>>().join(", ")
    }

    /// The claim's status.
    pub async fn status(&self, sent: &Sent) -> String {
        self.text("select status as text from claim_standings where claim_id = $1", sent.id.uuid()).await
    }

    pub async fn text(&self, sql: &str, id: uuid::Uuid) -> String {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            text: String,
        }
        let row: Row = self
            .world
            .db
            .snapshot(&self.actor, async |tx| {
                Ok(sql_query(sql).bind::<Uuid, _>(id).get_result(tx.conn()).await?)
            })
            .await
            .unwrap();
        row.text
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let row: Row = self
            .world
            .db
            .snapshot(&self.actor, async |tx| {
                Ok(sql_query(format!("select count(*) from {table}")).get_result(tx.conn()).await?)
            })
            .await
            .unwrap();
        row.count
    }

    /// Every proof of the ledger and of remittances holds.
    #[track_caller]
    pub fn proves(&self) -> impl Future<Output = ()> + '_ {
        let place = std::panic::Location::caller();
        async move {
            let proofs = self
                .world
                .db
                .snapshot(&self.actor, async |tx| {
                    let mut proofs = ledger::proofs(tx, AsOf::NOW).await?;
                    proofs.extend(remits::proofs(tx, AsOf::NOW).await?);
                    Ok(proofs)
                })
                .await
                .unwrap();
            for proof in proofs {
                assert!(proof.holds, "{place}: {}: {}", proof.name, proof.detail);
            }
        }
    }
}

impl Practice {
    /// The only open exception.
    pub async fn exception(&self) -> ExceptionDetail {
        let all = self.exceptions().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap()
    }

    /// Open exceptions, oldest first.
    pub async fn exceptions(&self) -> Vec<ExceptionDetail> {
        self.world
            .db
            .snapshot(&self.actor, async |tx| {
                let mut all = vec![];
                for item in waiting::queue(tx, waiting::Asked::default(), None, 100).await? {
                    all.push(waiting::detail(tx, item.id).await?);
                }
                Ok(all)
            })
            .await
            .unwrap()
    }

    /// A person posts a held set.
    pub async fn approve(&self, id: RemittanceId, approval: &Approval) -> Result<SetReport> {
        remits::retry_as(&self.world.db, &self.actor, id, &clock(), approval, &mut ()).await
    }

    /// A person takes a posted set back.
    pub async fn unpost(&self, id: RemittanceId) -> Result<Unposted> {
        let (now, why) = (clock().now(), "posted to the wrong practice");
        let db = &self.world.db;
        db.transaction(&self.actor, async |tx| remits::unpost(tx, now, id, why, &mut ()).await).await
    }

    /// What of Acme Health's remittances is posted without a person's look.
    pub async fn rule(&self, mode: Mode, allows: &[Care]) {
        let rule = PostingRule { mode, allows: allows.to_vec() };
        let set = async |tx: &mut Tx| remits::rules::set(tx, self.payer, &rule).await;
        self.world.db.transaction(&self.actor, set).await.unwrap();
    }

    /// What an action would post.
    pub async fn preview(&self, id: RemitExceptionId, action: &Action) -> Result<Journal> {
        let now = clock().now();
        let db = &self.world.db;
        db.snapshot(&self.actor, async |tx| waiting::preview(tx, now, id, action).await).await
    }

    /// Every entry, in the order of posting, as a journal shows it.
    async fn journal(&self) -> Vec<JournalEntry> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Uuid)]
            id: EntryId,
        }
        let shown = async |tx: &mut Tx| {
            let rows: Vec<Row> = sql_query("select id from entries order by id").load(tx.conn()).await?;
            let mut all = vec![];
            for row in rows {
                let entry = ledger::entry(tx, row.id).await?;
                let line = |transfer: &Transfer| JournalLine {
                    debit: transfer.debit(),
                    credit: transfer.credit(),
                    amount: transfer.amount(),
                    claim: transfer.about().claim,
                };
                all.push(JournalEntry {
                    kind: entry.kind,
                    effective_on: entry.effective_on,
                    reverses: entry.reverses,
                    lines: entry.transfers.iter().map(line).collect(),
                });
            }
            Ok(all)
        };
        self.world.db.snapshot(&self.actor, shown).await.unwrap()
    }

    /// Does it, and says what was decided by it. The preview has said the same, and it is what was posted.
    pub async fn resolve(&self, id: RemitExceptionId, action: &Action) -> Result<Vec<Decision>> {
        let previewed = self.preview(id, action).await?;
        let before = self.journal().await.len();
        let now = clock().now();
        let (resolved, decisions) = self
            .world
            .db
            .transaction(&self.actor, async |tx| {
                let mut decisions = vec![];
                let resolved = waiting::resolve(tx, now, id, action, &mut decisions).await?;
                Ok((resolved, decisions))
            })
            .await?;
        assert_eq!(resolved.journal, previewed);
        assert_eq!(self.journal().await[before..], previewed.entries);
        assert_eq!(resolved.journal.difference, Money::ZERO);
        Ok(decisions)
    }
}

/// The transfers of a journal: `unapplied_cash < insurance_ar 80.00`, debit first.
pub fn entries(journal: &Journal) -> Vec<String> {
    let lines = journal.entries.iter().flat_map(|entry| &entry.lines);
    lines.map(|line| format!("{} < {} {}", line.debit, line.credit, line.amount)).collect()
}

/// What a set moved, by account, debits positive: `insurance_cash 80.00, ...`.
pub fn moved(report: &SetReport) -> String {
    let all = report.entries.iter().filter(|(_, amount)| !amount.is_zero());
    all.map(|(account, amount)| format!("{account} {amount}")).collect::<Vec<_>>().join(", ")
}

/// The kinds and amounts of what waits: `no_match 80.00`.
pub fn waits(report: &SetReport) -> String {
    let all = report.exceptions.iter();
    all.map(|x| format!("{} {}", x.kind.as_str(), x.amount)).collect::<Vec<_>>().join(", ")
}

/// An 835 of one set: trace number, BPR02, and what stands after the payee.
pub fn remit(trace: &str, paid: &str, body: &str) -> String {
    file(&[set(trace, paid, body)])
}

/// A set from ST to SE; the payer is Acme Health.
pub fn set(trace: &str, paid: &str, body: &str) -> String {
    set_from("ACME1", trace, paid, body)
}

/// A set of another payer.
pub fn set_from(payer: &str, trace: &str, paid: &str, body: &str) -> String {
    set_between(payer, "*XX*1234567893", trace, paid, body)
}

/// A set of another payer for another payee: what stands after its name.
pub fn set_between(payer: &str, payee: &str, trace: &str, paid: &str, body: &str) -> String {
    let method = if paid == "0" { "NON" } else { "ACH" };
    let handling = if paid == "0" { "H" } else { "I" };
    let inside = format!(
        "BPR*{handling}*{paid}*C*{method}************20260401~\
         TRN*1*{trace}*1999999999~DTM*405*20260331~\
         N1*PR*ACME HEALTH~N3*1 MAIN ST~N4*CHICAGO*IL*60601~REF*2U*{payer}~PER*BL*EDI*TE*3125550100~\
         N1*PE*ELM STREET{payee}~LX*1~{body}"
    );
    let segments = inside.matches('~').count() + 2;
    format!("ST*835*0001~{inside}SE*{segments}*0001~")
}

/// An interchange with one group of these sets; test data.
pub fn file(sets: &[String]) -> String {
    interchange('T', sets)
}

pub fn interchange(usage: char, sets: &[String]) -> String {
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*ACME1          *ZZ*ELM            *260401*1200*^*00501*000000001*0*{usage}*:~\
         GS*HP*ACME1*ELM*20260401*1200*1*X*005010X221A1~"
    );
    for (number, set) in (1..).zip(sets) {
        let (from, to) = ("*0001~", format!("*{number:04}~"));
        text.push_str(&set.replacen(&format!("ST*835{from}"), &format!("ST*835{to}"), 1).replace(from, &to));
    }
    text.push_str(&format!("GE*{}*1~IEA*1*000000001~", sets.len()));
    text
}

/// The last status-moving events of a claim, oldest first.
pub async fn history(practice: &Practice, sent: &Sent) -> Vec<String> {
    let id = sent.id;
    let events =
        practice.world.db.snapshot(&practice.actor, async |tx| claims::events(tx, id).await).await.unwrap();
    events.iter().map(|event| event.event.as_str().to_owned()).collect()
}
