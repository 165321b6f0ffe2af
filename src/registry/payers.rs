//! Payers.

use diesel::pg::{Pg, upsert::excluded};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::Tx;
use crate::db::schema::payers;
use crate::registry::kept::{self, Change, Kept};
use crate::registry::trading::{self, Receiver};
use crate::registry::written::{Written, WrittenPayer};
use crate::types::{FileId, PayerId, PayerIdentifier, ProcedureCode, Refusal, Result, Status};

/// An insurer, as one practice deals with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// Its id.
    pub id: PayerId,
    /// NM109 of 2010BB.
    pub identifier: PayerIdentifier,
    /// At most 60 characters.
    pub name: String,
    /// SBR09: `CI`, `MB`, `MC`, `BL` …
    pub filing_indicator: String,
    /// The folder of the mailbox: lower case letters, digits, `-` and `_`.
    pub mailbox: String,
    /// Days from the first day of service to the payer's receipt.
    pub timely_filing_days: i32,
    /// Days from the remittance to the appeal.
    pub appeal_days: i32,
    /// What it pays only with prior authorization.
    pub authorization_procedures: Vec<ProcedureCode>,
    /// Who takes its files, itself or a clearinghouse; none until it is told.
    pub receiver: Option<Receiver>,
}

impl Payer {
    /// Who takes its files. Refused as `payers/no-receiver` before it was told: nothing leaves
    /// without ISA08, GS03 and 1000B.
    pub fn receiver(&self) -> Result<&Receiver> {
        self.receiver.as_ref().ok_or_else(|| {
            Refusal::new(
                "payers/no-receiver",
                Status::Conflict,
                format!(
                    "{} has no receiver: name and number (1000B NM103, NM109), and interchange qualifier, id and \
                     application code (ISA07, ISA08, GS03) are not known",
                    self.identifier
                ),
                format!("Set them with `firstpass practice receiver {}`", self.identifier),
            )
            .into()
        })
    }
}

/// Keeps a payer under its identifier and answers its id. Leaves an audit event
/// `registry/save-payer`.
///
/// A receiver that is not said leaves the one that is kept. Refused when the receiver's name does
/// not fit (`payers/invalid`).
pub async fn save(tx: &mut Tx, new: &Payer) -> Result<PayerId> {
    let receiver = new.receiver.as_ref();
    let receiver_name = receiver.map(|receiver| receiver_name(&receiver.name)).transpose()?;
    let party = receiver.map(|receiver| &receiver.interchange);
    let procedures: Vec<&str> = new.authorization_procedures.iter().map(ProcedureCode::as_str).collect();
    let id = diesel::insert_into(payers::table)
        .values((
            payers::organization_id.eq(tx.actor().organization),
            payers::id.eq(new.id),
            payers::identifier.eq(new.identifier.as_str()),
            payers::name.eq(&new.name),
            payers::filing_indicator.eq(&new.filing_indicator),
            payers::mailbox.eq(&new.mailbox),
            payers::timely_filing_days.eq(new.timely_filing_days),
            payers::appeal_days.eq(new.appeal_days),
            payers::authorization_procedures.eq(procedures),
            payers::receiver_name.eq(receiver_name),
            payers::receiver_identifier.eq(receiver.map(|receiver| receiver.identifier.as_str())),
            payers::interchange_qualifier.eq(party.map(|party| party.qualifier.as_str())),
            payers::interchange_id.eq(party.map(|party| party.id.as_str())),
            payers::application_code.eq(party.map(|party| party.application.as_str())),
        ))
        .on_conflict((payers::organization_id, payers::identifier))
        .do_update()
        .set((
            payers::name.eq(excluded(payers::name)),
            payers::filing_indicator.eq(excluded(payers::filing_indicator)),
            payers::mailbox.eq(excluded(payers::mailbox)),
            payers::timely_filing_days.eq(excluded(payers::timely_filing_days)),
            payers::appeal_days.eq(excluded(payers::appeal_days)),
            payers::authorization_procedures.eq(excluded(payers::authorization_procedures)),
            payers::receiver_name.eq(known(excluded(payers::receiver_name), payers::receiver_name)),
            payers::receiver_identifier
                .eq(known(excluded(payers::receiver_identifier), payers::receiver_identifier)),
            payers::interchange_qualifier
                .eq(known(excluded(payers::interchange_qualifier), payers::interchange_qualifier)),
            payers::interchange_id.eq(known(excluded(payers::interchange_id), payers::interchange_id)),
            payers::application_code.eq(known(excluded(payers::application_code), payers::application_code)),
        ))
        .returning(payers::id)
        .get_result::<PayerId>(tx.conn())
        .await?;
    tx.audit("registry/save-payer", id, None, json!({})).await?;
    Ok(id)
}

define_sql_function! {
    #[sql_name = "coalesce"]
    fn known(new: Nullable<Text>, old: Nullable<Text>) -> Nullable<Text>;
}

/// What [`keep`] would do, in the same order: reads only. The id of one that is not there is its own.
pub async fn compare(tx: &mut Tx, new: &[Payer]) -> Result<Vec<Kept<PayerId>>> {
    let known = list(tx).await?;
    let compared = new.iter().map(|one| {
        let Some(before) = known.iter().find(|known| known.identifier == one.identifier) else {
            return Kept { id: one.id, change: Change::Added };
        };
        // A receiver that is not said leaves the one that is kept.
        let receiver = one.receiver.clone().or_else(|| before.receiver.clone());
        let will_be = WrittenPayer::from(&Payer { receiver, ..one.clone() });
        Kept { id: before.id, change: Change::of(will_be.differences(&WrittenPayer::from(before))) }
    });
    Ok(compared.collect())
}

/// Keeps payers under their identifiers, which differ, and says what became of each, in the same
/// order. Which is there just so is not touched. Leaves [`save`]'s audit events, and
/// `registry/change-payer` for each that was changed.
pub async fn keep(tx: &mut Tx, source: Option<FileId>, new: &[Payer]) -> Result<Vec<Kept<PayerId>>> {
    let mut kept = compare(tx, new).await?;
    for (one, kept) in new.iter().zip(&mut kept) {
        if kept.change != Change::Unchanged {
            kept.id = save(tx, one).await?;
        }
    }
    kept::audit(tx, "registry/change-payer", source, &kept).await?;
    Ok(kept)
}

/// Adds a payer.
///
/// # Errors
/// `registry/payer-known`: the identifier is another's.
pub async fn add(tx: &mut Tx, new: Payer) -> Result<PayerId> {
    for kept in compare(tx, std::slice::from_ref(&new)).await? {
        kept::refuse_known(&kept, "registry/payer-known", "payer")?;
    }
    save(tx, &new).await
}

/// Brings the payer with this id up to date; its identifier stays. Gives what was before.
///
/// # Errors
/// `registry/payer-not-found`, `registry/payer-renumbered`.
pub async fn change(tx: &mut Tx, id: PayerId, new: Payer) -> Result<Payer> {
    let before = get(tx, id).await?;
    if before.identifier != new.identifier {
        let what = "the number is how claims, remittances and imports know the payer; it stays";
        let next = "Add the other as a payer of its own";
        return Err(Refusal::new("registry/payer-renumbered", Status::Conflict, what, next).into());
    }
    keep(tx, None, &[new]).await?;
    Ok(before)
}

/// The payer with this id.
///
/// # Errors
/// `registry/payer-not-found`
pub async fn get(tx: &mut Tx, id: PayerId) -> Result<Payer> {
    load(tx, &[id]).await?.pop().ok_or_else(|| {
        let what = format!("there is no payer {id}");
        Refusal::new("registry/payer-not-found", Status::NotFound, what, "Check the id").into()
    })
}

/// Every payer of the practice, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Payer>> {
    let rows: Vec<Row> =
        payers::table.order((payers::name, payers::id)).select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The payers with these ids, in no particular order; one that is not there is left out.
pub async fn load(tx: &mut Tx, ids: &[PayerId]) -> Result<Vec<Payer>> {
    let found = payers::table.filter(payers::id.eq_any(ids));
    let rows: Vec<Row> = found.select(Row::as_select()).load(tx.conn()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The payer with this identifier.
pub async fn by_identifier(tx: &mut Tx, identifier: &PayerIdentifier) -> Result<Option<Payer>> {
    let found = payers::table.filter(payers::identifier.eq(identifier.as_str()));
    let row: Option<Row> = found.select(Row::as_select()).first(tx.conn()).await.optional()?;
    row.map(Row::read).transpose()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = payers, check_for_backend(Pg))]
struct Row {
    id: PayerId,
    identifier: String,
    name: String,
    filing_indicator: String,
    mailbox: String,
    timely_filing_days: i32,
    appeal_days: i32,
    authorization_procedures: Vec<String>,
    receiver_name: Option<String>,
    receiver_identifier: Option<String>,
    interchange_qualifier: Option<String>,
    interchange_id: Option<String>,
    application_code: Option<String>,
}

impl Row {
    fn read(self) -> Result<Payer> {
        let procedures = self
            .authorization_procedures
            .iter()
            .map(|code| code.parse())
            .collect::<std::result::Result<_, _>>();
        let receiver = self.receiver()?;
        Ok(Payer {
            id: self.id,
            identifier: self.identifier.parse().map_err(anyhow::Error::from)?,
            name: self.name,
            filing_indicator: self.filing_indicator,
            mailbox: self.mailbox,
            timely_filing_days: self.timely_filing_days,
            appeal_days: self.appeal_days,
            authorization_procedures: procedures
                .map_err(|code: crate::types::IdentifierError| anyhow::Error::from(code))?,
            receiver,
        })
    }

    fn receiver(&self) -> anyhow::Result<Option<Receiver>> {
        let interchange = trading::party(
            self.interchange_qualifier.as_deref(),
            self.interchange_id.as_deref(),
            self.application_code.as_deref(),
        )?;
        let (Some(interchange), Some(name), Some(identifier)) =
            (interchange, &self.receiver_name, &self.receiver_identifier)
        else {
            return Ok(None);
        };
        Ok(Some(Receiver { name: name.clone(), identifier: identifier.parse()?, interchange }))
    }
}

fn receiver_name(name: &str) -> Result<&str> {
    trading::name(name).ok_or_else(|| {
        let what = "the receiver's name (1000B NM103) has 1 to 60 characters";
        Refusal::new("payers/invalid", Status::Invalid, what, "Choose another").into()
    })
}
