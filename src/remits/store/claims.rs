//! Our claims as a set finds them: what was sent, what is owed, what was decided before.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Date, Jsonb, Nullable, Numeric, SmallInt, Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::claims::model::Adjustment;
use crate::claims::{self, Event};
use crate::db::schema::{remit_lines, standing_decisions as sd};
use crate::db::{Tx, kept, kept_once};
use crate::ledger::AccountKind;
use crate::remits::CLAIM_SOURCE;
use crate::remits::eob::{EobAdjustment, EobClaim, EobLine, FoundClaim};
use crate::remits::matching::{NextPayer, OurClaim, OurLine};
use crate::remits::post::{Account, Earlier, states};
use crate::remits::standing::Newer;
use crate::remits::store::entries::OWN_ENTRY;
use crate::remits::store::from_json;
use crate::remits::store::restating::PLACE;
use crate::remits::variances::Parts;
use crate::submissions::newest_number_sql;
use crate::types::{
    ClaimId, CoverageId, EncounterId, EntryId, Money, PatientId, PayerId, PersonName, Phi, RemitClaimId,
    RemittanceId, Result,
};

/// Claims that were sent, with the number of their last submission: that with a number, or those of some
/// patients, the latest service first.
pub(in crate::remits) async fn sent_claims(
    tx: &mut Tx,
    number: Option<&str>,
    patients: &[PatientId],
    limit: i64,
) -> Result<Vec<FoundClaim>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Text)]
        last_name: String,
        #[diesel(sql_type = Nullable<Text>)]
        first_name: Option<String>,
        #[diesel(sql_type = Text)]
        payer: String,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
    }
    let rows: Vec<Row> = sql_query(format!(
        "select c.id, s.control_number as number, p.last_name, p.first_name, y.name as payer, c.service_from,
            c.charged
         from claims c
         join patients p on p.organization_id = c.organization_id and p.id = c.patient_id
         join payers y on y.organization_id = c.organization_id and y.id = c.payer_id
         cross join lateral {newest} s (control_number)
         where c.organization_id = $1 and s.control_number is not null and (c.patient_id = any($3) or c.id in (select claim_id from submissions
            where organization_id = $1 and control_number = $2))
         order by c.service_from desc nulls last, c.id limit $4",
        newest = newest_number_sql("c.id"),
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Nullable<Text>, _>(number)
    .bind::<Array<Uuid>, _>(patients)
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await?;
    let read = |row: Row| FoundClaim {
        id: row.id,
        number: row.number,
        patient: Phi::new(PersonName {
            last: row.last_name,
            first: row.first_name,
            middle: None,
            suffix: None,
        }),
        payer: row.payer,
        service_from: row.service_from,
        charged: row.charged,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Our claims with their lines and the insurance that comes next.
pub(in crate::remits) async fn our_claims(
    tx: &mut Tx,
    ids: &[ClaimId],
) -> Result<HashMap<ClaimId, OurClaim>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: ClaimId,
        #[diesel(sql_type = Uuid)]
        account_claim_id: ClaimId,
        #[diesel(sql_type = Uuid)]
        encounter_id: EncounterId,
        #[diesel(sql_type = Uuid)]
        patient_id: PatientId,
        #[diesel(sql_type = Uuid)]
        payer_id: PayerId,
        #[diesel(sql_type = Uuid)]
        coverage_id: CoverageId,
        #[diesel(sql_type = Text)]
        sequence: String,
        #[diesel(sql_type = SmallInt)]
        place: i16,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Nullable<Date>)]
        service_from: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Date>)]
        service_thru: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Uuid>)]
        next_coverage: Option<CoverageId>,
        #[diesel(sql_type = Nullable<Uuid>)]
        next_payer: Option<PayerId>,
    }
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = SmallInt)]
        line_no: i16,
        #[diesel(sql_type = Text)]
        control_number: String,
        #[diesel(sql_type = Text)]
        procedure: String,
        #[diesel(sql_type = Array<Text>)]
        modifiers: Vec<String>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Nullable<Date>)]
        from_on: Option<NaiveDate>,
    }
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = kept_once!(format!(
        "select c.id, c.account_claim_id, c.encounter_id, c.patient_id, c.payer_id, c.coverage_id, c.sequence,
            {PLACE} as place, c.charged, c.service_from, c.service_thru, n.id as next_coverage, n.payer_id as next_payer
         from claims c
         join coverages own on own.organization_id = c.organization_id and own.id = c.coverage_id
         left join lateral (
            select v.id, v.payer_id from coverages v
            where v.organization_id = c.organization_id and v.patient_id = c.patient_id and v.rank > own.rank
            and v.valid_from <= coalesce(c.service_from, v.valid_from)
            and (v.valid_to is null or v.valid_to >= coalesce(c.service_from, v.valid_to))
            order by v.rank, v.valid_from desc limit 1) n on true
         where c.organization_id = $1 and c.id = any($2)"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let lines: Vec<Line> = kept(
        "select claim_id, line_no, control_number, procedure, modifiers, charged, from_on from claim_lines
         where organization_id = $1 and claim_id = any($2) order by claim_id, line_no",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(ids)
    .load(tx.conn())
    .await?;
    let mut claims: HashMap<ClaimId, OurClaim> = rows
        .into_iter()
        .map(|row| {
            let next_payer = row.next_coverage.zip(row.next_payer);
            let place = u8::try_from(row.place).map_err(anyhow::Error::from)?;
            let claim = OurClaim {
                id: row.id,
                account_claim: row.account_claim_id,
                encounter: row.encounter_id,
                patient: row.patient_id,
                payer: row.payer_id,
                coverage: row.coverage_id,
                is_primary: row.sequence == "P",
                place,
                charged: row.charged,
                service_from: row.service_from,
                service_thru: row.service_thru,
                next_payer: next_payer.map(|(coverage, payer)| NextPayer { coverage, payer }),
                lines: vec![],
            };
            Ok((row.id, claim))
        })
        .collect::<Result<_>>()?;
    for line in lines {
        if let Some(claim) = claims.get_mut(&line.claim_id) {
            claim.lines.push(OurLine {
                line_no: line.line_no,
                control_number: line.control_number,
                procedure: line.procedure,
                modifiers: line.modifiers,
                charged: line.charged,
                from: line.from_on,
            });
        }
    }
    Ok(claims)
}

/// What the ledger holds for these visits. Those without movements are left out.
pub(in crate::remits) async fn accounts(
    tx: &mut Tx,
    visits: &[ClaimId],
) -> Result<HashMap<ClaimId, Account>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Nullable<Uuid>)]
        payer_id: Option<PayerId>,
        #[diesel(sql_type = SmallInt)]
        account: i16,
        #[diesel(sql_type = Numeric)]
        amount: Money,
    }
    let rows: Vec<Row> = kept(
        "select t.claim_id, t.payer_id, leg.account, sum(leg.amount) as amount from transfers t
         cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount))
            as leg (account, amount)
         where t.organization_id = $1 and t.claim_id = any($2) and leg.account = any($3)
         group by 1, 2, 3",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(visits)
    .bind::<Array<SmallInt>, _>(vec![
        AccountKind::InsuranceAr.number(),
        AccountKind::PatientAr.number(),
        AccountKind::ContractualAdjustments.number(),
    ])
    .load(tx.conn())
    .await?;
    let mut accounts: HashMap<ClaimId, Account> = HashMap::new();
    for row in rows {
        let account = accounts.entry(row.claim_id).or_default();
        match (AccountKind::from_number(row.account), row.payer_id) {
            (Some(AccountKind::InsuranceAr), Some(payer)) => {
                *account.insurance.entry(payer).or_default() += row.amount;
            }
            (Some(AccountKind::PatientAr), _) => account.patient += row.amount,
            (Some(AccountKind::ContractualAdjustments), _) => account.contractual += row.amount,
            _ => {}
        }
    }
    Ok(accounts)
}

/// Posted decisions about these claims that were not taken back, newest first.
pub(in crate::remits) async fn earlier(
    tx: &mut Tx,
    claims: &[ClaimId],
    posting: RemittanceId,
) -> Result<HashMap<ClaimId, Vec<Earlier>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Uuid)]
        id: RemitClaimId,
        #[diesel(sql_type = Nullable<Uuid>)]
        entry: Option<EntryId>,
        #[diesel(sql_type = Uuid)]
        remittance_id: RemittanceId,
        #[diesel(sql_type = Text)]
        status_code: String,
        #[diesel(sql_type = Nullable<Text>)]
        payer_claim_control_number: Option<String>,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Numeric)]
        paid: Money,
        #[diesel(sql_type = Jsonb)]
        adjusted: Value,
        #[diesel(sql_type = Jsonb)]
        adjustments: Value,
        #[diesel(sql_type = Jsonb)]
        by_line: Value,
        #[diesel(sql_type = Bool)]
        by_hand: bool,
        #[diesel(sql_type = Array<SmallInt>)]
        lines: Vec<i16>,
    }
    let rows: Vec<Row> = kept_once!(format!(
        "select rc.claim_id, rc.id, {OWN_ENTRY} as entry, rc.remittance_id, rc.status_code,
            array(select distinct l.claim_line_no from remit_lines l where l.organization_id = rc.organization_id
                and l.remit_claim_id = rc.id and rc.remittance_id = $4 and l.claim_line_no is not null) as lines,
            rc.payer_claim_control_number, rc.charged, rc.paid, rc.adjusted, rc.adjustments,
            coalesce((select jsonb_agg(jsonb_build_array(l.claim_line_no, l.adjustments)) from remit_lines l
                where l.organization_id = rc.organization_id and l.remit_claim_id = rc.id), '[]') as by_line,
            exists (select from remittances r where r.organization_id = rc.organization_id
                and r.id in (rc.remittance_id, $4) and r.entered) as by_hand
         from standing_decisions rc
         where rc.organization_id = $1 and rc.claim_id = any($2)
         order by rc.id desc"
    ))
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .bind::<Text, _>(CLAIM_SOURCE.as_str())
    .bind::<Uuid, _>(posting)
    .load(tx.conn())
    .await?;
    let mut found: HashMap<ClaimId, Vec<Earlier>> = HashMap::new();
    for row in rows {
        let of_claim: Vec<Adjustment> = from_json(row.adjustments)?;
        let by_line: Vec<(Option<i16>, Vec<Adjustment>)> = from_json(row.by_line)?;
        let by_line = by_line.iter().map(|(line, adjustments)| (*line, adjustments.as_slice()));
        found.entry(row.claim_id).or_default().push(Earlier {
            states: states(by_line.chain([(None, of_claim.as_slice())])),
            remit_claim: row.id,
            entry: row.entry,
            is_other_part: row.remittance_id == posting,
            lines: row.lines,
            status: row.status_code,
            payer_claim_control_number: row.payer_claim_control_number,
            charged: row.charged,
            paid: row.paid,
            adjusted: from_json(row.adjusted)?,
            by_hand: row.by_hand,
        });
    }
    Ok(found)
}

/// Which of some claims are drafts.
pub(in crate::remits) async fn drafts(tx: &mut Tx, claims: &[ClaimId]) -> Result<HashSet<ClaimId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
    }
    if claims.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<Row> = kept(
        "select claim_id from claim_standings
         where organization_id = $1 and claim_id = any($2) and status = 'draft'",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .load(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.claim_id).collect())
}

/// What a payer said of a claim, as an EOB says it: the newest decision that stands on its account. None when
/// nothing does.
pub(in crate::remits) async fn posted_decision(tx: &mut Tx, claim: ClaimId) -> Result<Option<EobClaim>> {
    let organization = tx.actor().organization;
    let decision: Option<Decision> = sd::table
        .filter(sd::organization_id.eq(organization).and(sd::claim_id.eq(claim)))
        .order(sd::id.desc())
        .select((sd::id, sd::payer_claim_control_number, sd::charged, sd::paid, sd::adjustments))
        .first(tx.conn())
        .await
        .optional()?;
    let Some((id, payer_claim_control_number, charged, paid, adjusted)) = decision else { return Ok(None) };
    let lines: Vec<DecidedLine> = remit_lines::table
        .filter(remit_lines::organization_id.eq(organization).and(remit_lines::remit_claim_id.eq(id)))
        .order(remit_lines::line_no)
        .select((
            remit_lines::control_number,
            remit_lines::procedure,
            remit_lines::modifiers,
            remit_lines::service_on,
            remit_lines::charged,
            remit_lines::paid,
            remit_lines::adjustments,
        ))
        .load(tx.conn())
        .await?;
    let line = |(control_number, procedure, modifiers, service_on, charged, paid, adjusted): DecidedLine| {
        let adjustments = entered(adjusted)?;
        let line = EobLine {
            control_number,
            procedure,
            modifiers,
            service_on,
            charged,
            paid,
            adjustments,
            ..EobLine::default()
        };
        Ok(line)
    };
    Ok(Some(EobClaim {
        payer_claim_control_number,
        charged,
        paid,
        adjustments: entered(adjusted)?,
        lines: lines.into_iter().map(line).collect::<Result<_>>()?,
        ..EobClaim::default()
    }))
}

/// Id, the payer's number, charged, paid, adjustments.
type Decision = (RemitClaimId, Option<String>, Money, Money, Value);

/// Our line's number, procedure, modifiers, day, charged, paid, adjustments.
type DecidedLine = (Option<String>, String, Vec<String>, Option<NaiveDate>, Money, Money, Value);

/// Adjustments as they are stored, as an EOB says them.
fn entered(stored: Value) -> Result<Vec<EobAdjustment>> {
    let stored: Vec<Adjustment> = serde_json::from_value(stored).map_err(anyhow::Error::from)?;
    let one = |one: Adjustment| EobAdjustment { group: one.group, reason: one.reason, amount: one.amount };
    Ok(stored.into_iter().map(one).collect())
}

/// For each of these decisions the newest one about its claim that stands, with what that one is in the claim's
/// history. Those with none are left out.
pub(in crate::remits) async fn newer_decisions(
    tx: &mut Tx,
    decisions: &[RemitClaimId],
) -> Result<Vec<Newer>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        original: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        decision: RemitClaimId,
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Uuid)]
        account_claim_id: ClaimId,
        #[diesel(sql_type = Uuid)]
        payer_id: PayerId,
    }
    let rows: Vec<Row> = kept(
        "select o.id as original, n.id as decision, c.id as claim_id, c.account_claim_id, c.payer_id
         from remit_claims o
         join claims c on c.organization_id = $1 and c.id = o.claim_id
         cross join lateral (
            select rc.id from standing_decisions rc
            where rc.organization_id = $1 and rc.claim_id = o.claim_id
            order by rc.id desc limit 1) n
         where o.organization_id = $1 and o.id = any($2)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(decisions)
    .load(tx.conn())
    .await?;
    let mut newer = vec![];
    for row in rows {
        let said = row.decision.to_string();
        let events = claims::events(tx, row.claim_id).await?;
        let decided = events.iter().rev().find(|one| {
            one.source_id == said && matches!(one.event, Event::Paid | Event::PartiallyPaid | Event::Denied)
        });
        let last = events.iter().rev().map(|one| one.event).find(|event| {
            matches!(
                event,
                Event::Paid
                    | Event::PartiallyPaid
                    | Event::Denied
                    | Event::Reversed
                    | Event::Appealed
                    | Event::Replaced
                    | Event::Voided
                    | Event::Closed
            )
        });
        newer.extend(decided.map(|one| Newer {
            original: row.original,
            decision: row.decision,
            claim: row.claim_id,
            account_claim: row.account_claim_id,
            payer: row.payer_id,
            event: one.event,
            last,
        }));
    }
    Ok(newer)
}

/// What decisions that stand answer of these claims, together, but for some decisions. Claims without any are left
/// out.
pub(in crate::remits) async fn parts(
    tx: &mut Tx,
    claims: &[ClaimId],
    but_for: &[RemitClaimId],
) -> Result<HashMap<ClaimId, Parts>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        claim_id: ClaimId,
        #[diesel(sql_type = Numeric)]
        charged: Money,
        #[diesel(sql_type = Array<SmallInt>)]
        lines: Vec<i16>,
    }
    let rows: Vec<Row> = kept(
        "select rc.claim_id, rc.charged, array(select distinct l.claim_line_no from remit_lines l
            where l.organization_id = $1 and l.remit_claim_id = rc.id and l.claim_line_no is not null) as lines
         from standing_decisions rc
         where rc.organization_id = $1 and rc.claim_id = any($2) and rc.id <> all($3)",
    )
    .bind::<Uuid, _>(tx.actor().organization)
    .bind::<Array<Uuid>, _>(claims)
    .bind::<Array<Uuid>, _>(but_for)
    .load(tx.conn())
    .await?;
    let mut found: HashMap<ClaimId, Parts> = HashMap::new();
    for row in rows {
        let parts = found.entry(row.claim_id).or_default();
        parts.charged += row.charged;
        parts.lines.extend(row.lines);
    }
    Ok(found)
}
