//! Payers.

use diesel::pg::{Pg, upsert::excluded};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::db::Tx;
use crate::db::schema::payers;
use crate::types::{PayerId, PayerIdentifier, ProcedureCode, Result};

/// An insurer, as one practice deals with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// Its id.
    pub id: PayerId,
    /// NM109 of 1000B and 2010BB, and ISA08.
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
}

/// Keeps a payer under its identifier and answers its id. Leaves an audit event
/// `registry/save-payer`.
pub async fn save(tx: &mut Tx, new: &Payer) -> Result<PayerId> {
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
        ))
        .returning(payers::id)
        .get_result::<PayerId>(tx.conn())
        .await?;
    tx.audit("registry/save-payer", id, None, json!({})).await?;
    Ok(id)
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
}

impl Row {
    fn read(self) -> Result<Payer> {
        let procedures = self
            .authorization_procedures
            .iter()
            .map(|code| code.parse())
            .collect::<std::result::Result<_, _>>();
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
        })
    }
}
