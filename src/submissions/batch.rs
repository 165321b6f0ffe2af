//! Batches: built, read back, kept; then handed over.

use std::collections::HashMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::json;

use crate::claims::Claim;
use crate::claims::map_837::{Outgoing, differences};
use crate::db::{Actor, Db, Tx};
use crate::exchange::files::{self, Direction};
use crate::exchange::mailbox::Mailbox;
use crate::registry::Receiver;
use crate::registry::organizations::{Organization, Usage};
use crate::scrub::ScrubbedClaim;
use crate::types::{BatchId, Money, PayerId, Refusal, Result, Status};

use super::control;
use super::map_837::{self, Envelope, NewSet, ReadBack, UsageIndicator};
use super::store::{self, Batch, BatchState, NewBatch, Placed, Submission};

/// Claims in one transaction set at most (X222 1.4.2: 5,000 CLM in one ST).
pub const CLAIMS_A_SET_MAX: usize = 5_000;

/// To whom a batch goes.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// The payer.
    pub payer: PayerId,
    /// Who takes its files: ISA07, ISA08, GS03, 1000B.
    pub receiver: &'a Receiver,
}

/// A batch that was built and kept.
#[derive(Clone, Debug)]
pub struct Built {
    /// The batch: built, not handed over.
    pub batch: Batch,
    /// The file's name: from its control numbers, so it is used once.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Elements in which a character that may not be sent became a blank: `NM103`.
    pub replaced: Vec<String>,
}

/// Builds one 837 of queued claims, reads it back, keeps it and puts the submissions in it.
///
/// Every claim was scrubbed again just now: what comes with its submission is the proof. Leaves
/// an audit event `submissions/build`.
///
/// # Errors
/// `organizations/no-submitter` before the practice has one; `submissions/nothing-to-send` without claims; `submissions/read-back-differs` when what our own
/// reader finds in the file is not what was meant: nothing is kept then;
/// `submissions/already-batched` as for [`place`](super::place).
pub async fn build(
    tx: &mut Tx,
    now: DateTime<Utc>,
    organization: &Organization,
    to: Addressee<'_>,
    claims: &[(Submission, ScrubbedClaim<'_>)],
) -> Result<Built> {
    if claims.is_empty() {
        let detail = "no claim waits for this payer";
        return Err(Refusal::new(
            "submissions/nothing-to-send",
            Status::Invalid,
            detail,
            "Queue claims first",
        )
        .into());
    }
    if let Some((wrong, _)) = claims.iter().find(|(submission, claim)| submission.claim != claim.claim().id) {
        return Err(anyhow::anyhow!("{}: comes with another claim", wrong.id).into());
    }
    let submitter = organization.submitter()?;
    // ISA13 counts up for each receiver: payers behind one clearinghouse share its numbers.
    let receiver = to.receiver.interchange.id.as_str();
    let sequence = format!("interchange:{}", receiver.to_ascii_lowercase());
    let control = control::numbers(tx, &sequence, 1).await?;
    let control = u32::try_from(control.start).map_err(anyhow::Error::from)?;
    let local = now.with_timezone(&organization.time_zone).naive_local();
    let envelope = Envelope {
        control,
        usage: match organization.usage {
            Usage::Test => UsageIndicator::Test,
            Usage::Production => UsageIndicator::Production,
        },
        created: local.duration_trunc(TimeDelta::minutes(1)).map_err(anyhow::Error::from)?,
        submitter,
        receiver: to.receiver,
    };
    let interchange_control_number = envelope.interchange_control_number();
    let reference = format!("{}{receiver}{interchange_control_number}", organization.control_number_prefix);
    let sets: Vec<NewSet<'_>> = claims
        .chunks(CLAIMS_A_SET_MAX)
        .zip(1..)
        .map(|(some, number)| NewSet {
            control_number: number,
            reference: set_reference(&reference, number),
            claims: some
                .iter()
                .map(|(submission, scrubbed)| Outgoing {
                    claim: scrubbed.claim(),
                    control_number: submission.control_number.as_str(),
                })
                .collect(),
        })
        .collect();
    let written = map_837::write(envelope, &sets).map_err(anyhow::Error::from)?;
    let read = map_837::read_back(&written.bytes);
    let submissions = compare(envelope, &sets, claims, &read)?;

    let name = format!("{}-{receiver}-{interchange_control_number}.837", organization.control_number_prefix);
    let kept = files::keep(tx, &written.bytes, &name, Direction::Out).await?;
    let charged: Money = claims.iter().map(|(_, scrubbed)| scrubbed.claim().charged).sum();
    let new = NewBatch {
        payer: to.payer,
        file: kept.id,
        interchange_control_number,
        group_control_number: envelope.group_control_number(),
        transaction_reference: reference,
        charged,
        submissions,
    };
    let id = store::place(tx, &new).await?;
    let detail = json!({
        "payer": to.payer, "claims": claims.len(), "charged": charged,
        "interchange": new.interchange_control_number, "replaced": written.replaced,
    });
    tx.audit("submissions/build", id, Some(kept.id), detail).await?;
    let batch = found(store::batch(tx, id).await?, id)?;
    Ok(Built { batch, name, bytes: written.bytes, replaced: written.replaced })
}

/// BHT03 of a set by its number: the batch's, and from the second set on a point and its number,
/// so that a 277CA names one set and every reference is used once.
fn set_reference(batch: &str, number: u32) -> String {
    if number == 1 { batch.to_owned() } else { format!("{batch}.{number}") }
}

/// Every claim that was meant is in the file, the same and once, and nothing else is.
fn compare(
    envelope: Envelope<'_>,
    sets: &[NewSet<'_>],
    claims: &[(Submission, ScrubbedClaim<'_>)],
    read: &ReadBack,
) -> Result<Vec<Placed>> {
    let mut wrong: Vec<String> = read.errors.clone();
    let expected: Vec<(String, String)> =
        sets.iter().map(|set| (format!("{:04}", set.control_number), set.reference.clone())).collect();
    if read.interchange_control_number != envelope.interchange_control_number()
        || read.group_control_number != envelope.group_control_number()
        || read.sets != expected
    {
        wrong.push("control numbers".to_owned());
    }
    let mut in_file = HashMap::with_capacity(read.claims.len());
    for claim in &read.claims {
        let number = claim.mapped.claim.patient_control_number.as_deref().unwrap_or_default();
        if in_file.insert(number, claim).is_some() {
            wrong.push(format!("{number}: twice"));
        }
    }
    let mut placed = Vec::with_capacity(claims.len());
    for (submission, scrubbed) in claims {
        let number = submission.control_number.as_str();
        let Some(found) = in_file.remove(number) else {
            wrong.push(format!("{number}: missing"));
            continue;
        };
        let meant = Claim { patient_control_number: Some(number.to_owned()), ..scrubbed.claim().clone() };
        let pointers = differences(&meant, &found.mapped.claim);
        if !pointers.is_empty() {
            wrong.push(format!("{number}: {}", pointers.join(" ")));
        }
        wrong.extend(found.mapped.unmapped.iter().map(|place| format!("{number}: {place}")));
        placed.push(Placed {
            submission: submission.id,
            set_control_number: found.set_control_number.clone(),
            bytes: found.bytes,
        });
    }
    wrong.extend(in_file.keys().map(|number| format!("{number}: not meant")));
    if wrong.is_empty() { Ok(placed) } else { Err(differs(&wrong).into()) }
}

/// Control numbers, rules and places only: what stands there may be patient data.
fn differs(wrong: &[String]) -> Refusal {
    const SHOWN: usize = 5;
    let shown = wrong.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    let more =
        if wrong.len() > SHOWN { format!("; and {} more", wrong.len() - SHOWN) } else { String::new() };
    Refusal::new(
        "submissions/read-back-differs",
        Status::Invalid,
        format!("the file that was written does not say what was meant: {shown}{more}"),
        "Mend the claims, or report it: nothing was sent",
    )
}

/// Hands a batch that was built to the payer's mailbox and marks its claims as sent. Again is no
/// harm: the mailbox has the same bytes under the same name, and what is marked stays marked.
///
/// Leaves an audit event `submissions/send`.
///
/// # Errors
/// The mailbox's, and `submissions/batch-not-found`.
pub async fn hand_over(
    db: &Db,
    actor: &Actor,
    now: DateTime<Utc>,
    mailbox: &impl Mailbox,
    batch: BatchId,
) -> Result<()> {
    let (batch, name, bytes) = db
        .snapshot(actor, async |tx| {
            let batch = found(store::batch(tx, batch).await?, batch)?;
            let name = files::get(tx, batch.file).await?.name;
            let bytes = files::read(tx, batch.file).await?;
            Ok((batch, name, bytes))
        })
        .await?;
    if batch.state != BatchState::Built {
        return Ok(());
    }
    mailbox.send(&name, &bytes).await?;
    db.batch(actor, async |tx| {
        if !store::mark_sent(tx, now, &batch).await? {
            return Ok(());
        }
        let detail = json!({ "claims": batch.claims, "charged": batch.charged });
        tx.audit("submissions/send", batch.id, Some(batch.file), detail).await
    })
    .await
}

fn found(batch: Option<Batch>, id: BatchId) -> Result<Batch> {
    batch.ok_or_else(|| {
        let detail = format!("there is no batch {id}");
        Refusal::new("submissions/batch-not-found", Status::NotFound, detail, "Check the id").into()
    })
}
