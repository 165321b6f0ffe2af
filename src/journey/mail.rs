//! What payers left for us.

use serde::Serialize;

use crate::acks::{self, AckReport};
use crate::db::{Actor, Db};
use crate::deposits;
use crate::exchange::content::Content;
use crate::exchange::files::{self, Direction};
use crate::exchange::mailbox::{Mailbox, Waiting};
use crate::journey::{AfterRemittance, Followed};
use crate::remits::eob::{self, Eob};
use crate::remits::{self, Approval, How, SetReport};
use crate::types::{Error, FileId, RemittanceId, Result, Status};
use crate::x12::{Guide, Part, ReadError, Reader, Text};

/// What became of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    /// Its name.
    pub name: String,
    /// It, as it is kept.
    pub file: FileId,
    /// What its acknowledgements said.
    pub acknowledgements: Vec<AckReport>,
    /// What its remittances did.
    pub remittances: Vec<SetReport>,
    /// What followed from them.
    pub followed: Followed,
    /// Why nothing came of it, when it is neither.
    pub unreadable: Option<String>,
}

/// So many files of a round stay at hand from the look at what they are until their turn: each is at most 8 MiB of
/// memory or one open file. Those beyond are fetched again.
const AT_HAND: usize = 32;

/// Fetches every file that waits, deals with it, and puts it away: first what answers whole files,
/// then sets, then claims, then money, so that a claim's history tells what happened in its order;
/// files of one kind by name. A file that cannot be read is kept and reported, and does not stop the
/// others.
///
/// # Errors
/// Only what is not the file's fault: the mailbox or the database is away, or a fault of ours. Files
/// already dealt with stay so, those that follow are dealt with unless something is away, and the
/// others stay where they are for the next time.
pub async fn receive_mail(
    db: &Db,
    actor: &Actor,
    how: impl Into<How<'_>>,
    mailbox: &impl Mailbox,
) -> Result<Vec<Mail>> {
    let how = how.into();
    let mut waiting = vec![];
    for Waiting { name, .. } in mailbox.list().await? {
        let content = mailbox.fetch(&name).await?;
        let seen = Seen::of(&content)?;
        let at_hand = (waiting.len() < AT_HAND).then_some((seen.kind, content));
        waiting.push((seen.turn, name, at_hand));
    }
    waiting.sort_by(|(turn, name, _), (other, other_name, _)| (turn, name).cmp(&(other, other_name)));
    let mut received = vec![];
    let mut fault = None;
    for (_, name, at_hand) in waiting {
        let outcome = match at_hand {
            Some((kind, content)) => receive_seen(db, actor, how, &name, kind, &content).await,
            None => receive_file(db, actor, how, &name, mailbox.fetch(&name).await?).await,
        };
        match outcome {
            Ok(mail) => received.push(mail),
            Err(away @ Error::Refused(_)) => return Err(away),
            Err(this) => {
                fault.get_or_insert(this);
                continue;
            }
        }
        mailbox.archive(&name).await?;
    }
    fault.map_or(Ok(received), Err)
}

/// When a file's turn comes among those of one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// TA1: our interchange.
    Interchange,
    /// 999: our sets.
    Sets,
    /// 277CA: our claims.
    Claims,
    /// 835: money.
    Money,
    /// Anything else.
    Last,
}

impl Turn {
    /// By the set's own identifier: one that cannot be read has its turn too.
    fn of(part: &Part<'_>) -> Option<Turn> {
        match part {
            Part::InterchangeAcknowledgment(_) => Some(Turn::Interchange),
            Part::Set(_, set) => match set.identifier.as_ref().map(Text::as_bytes)? {
                b"999" => Some(Turn::Sets),
                b"277" => Some(Turn::Claims),
                b"835" => Some(Turn::Money),
                _ => None,
            },
            _ => None,
        }
    }
}

/// How a file is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Remittance,
    Acknowledgement,
    Neither,
}

/// What one walk of a file shows of it.
struct Seen {
    turn: Turn,
    kind: Kind,
}

impl Seen {
    /// A file is dealt with whole: its turn is that of the last that is in it, and one with a remittance in it is
    /// money, whatever else is in it. Where a limit ends the walk there may be answers that were not seen: whoever
    /// reads them says that it is too much.
    fn of(content: &Content<'_>) -> Result<Seen> {
        if eob::is_entered(content).map_err(anyhow::Error::from)? {
            return Ok(Seen { turn: Turn::Last, kind: Kind::Remittance });
        }
        let mut turn = None;
        let (mut money, mut answer) = (false, false);
        let mut reader = Reader::new(content.read_from(0));
        let is_whole = loop {
            match reader.next() {
                Ok(Some(part)) => {
                    turn = turn.max(Turn::of(&part));
                    match part {
                        // A remittance that cannot be read is one all the same: it is kept, and says why.
                        Part::Set(Guide::Remittance, _) => money = true,
                        Part::Set(Guide::ImplementationAcknowledgment | Guide::ClaimAcknowledgment, _)
                        | Part::InterchangeAcknowledgment(_) => answer = true,
                        _ => {}
                    }
                }
                Ok(None) => break true,
                Err(ReadError::Limit { .. }) => break false,
                Err(ReadError::Input(fault)) => return Err(anyhow::Error::from(fault).into()),
            }
        };
        let kind = if money {
            Kind::Remittance
        } else if answer || !is_whole {
            Kind::Acknowledgement
        } else {
            Kind::Neither
        };
        Ok(Seen { turn: turn.unwrap_or(Turn::Last), kind })
    }
}

const NEITHER: &str = "neither an acknowledgement (TA1, 999, 277CA) nor a remittance (835)";

/// Deals with one file, of any size: keeps it, then reads it as what it is.
///
/// # Errors
/// Only what is not the file's fault.
pub async fn receive_file(
    db: &Db,
    actor: &Actor,
    how: impl Into<How<'_>>,
    name: &str,
    content: impl Into<Content<'_>>,
) -> Result<Mail> {
    let content = content.into();
    receive_seen(db, actor, how.into(), name, Seen::of(&content)?.kind, &content).await
}

async fn receive_seen(
    db: &Db,
    actor: &Actor,
    how: How<'_>,
    name: &str,
    kind: Kind,
    content: &Content<'_>,
) -> Result<Mail> {
    let keep = async |tx: &mut _| files::keep_content(tx, content, name, Direction::In).await;
    let kept = db.transaction(actor, keep).await?;
    let mut mail = Mail {
        name: name.to_owned(),
        file: kept.id,
        acknowledgements: vec![],
        remittances: vec![],
        followed: Followed::default(),
        unreadable: None,
    };
    let outcome = match kind {
        Kind::Remittance => {
            let mut after = AfterRemittance::at(how.clock.now());
            let sets = remits::receive_kept(db, actor, kept.id, content, how, &mut after).await;
            mail.followed = after.followed;
            reassociate(db, actor, how).await?;
            sets.map(|sets| mail.remittances = sets)
        }
        Kind::Acknowledgement => {
            let now = how.clock.now();
            let bytes = &content.bytes().map_err(anyhow::Error::from)?;
            let answers =
                db.transaction(actor, async |tx| acks::receive(tx, now, kept.id, bytes).await).await;
            answers.map(|answers| {
                mail.unreadable = answers.is_empty().then(|| NEITHER.to_owned());
                mail.acknowledgements = answers;
            })
        }
        Kind::Neither => {
            mail.unreadable = Some(NEITHER.to_owned());
            Ok(())
        }
    };
    match outcome {
        Err(Error::Refused(refusal)) if refusal.status != Status::Unavailable => {
            mail.unreadable = Some(refusal.to_string());
        }
        Err(fault) => return Err(fault),
        Ok(()) => {}
    }
    Ok(mail)
}

/// Posts an EOB that a person entered, as a set of an 835 is posted, with all that follows. Its document is
/// kept first; the same again is recognised.
///
/// # Errors
/// As [`eob::document`]: then nothing is kept.
pub async fn enter_eob(
    db: &Db,
    actor: &Actor,
    how: impl Into<How<'_>>,
    entered: &Eob,
) -> Result<(SetReport, Followed)> {
    let how = how.into();
    let document = db.snapshot(actor, async |tx| eob::document(tx, how.codes, entered).await).await?;
    let mut after = AfterRemittance::at(how.clock.now());
    let (name, text) = (document.file_name(), document.text().as_bytes());
    let sets = remits::receive(db, actor, &name, text, how, &mut after).await?;
    let report = sets.into_iter().next();
    Ok((report.ok_or_else(|| anyhow::anyhow!("{name} has no set"))?, after.followed))
}

/// Looks at a held set again: when nothing stops it any more it is posted, with all that follows.
///
/// # Errors
/// `remits/not-found`.
pub async fn retry_remittance(
    db: &Db,
    actor: &Actor,
    how: impl Into<How<'_>>,
    remittance: RemittanceId,
) -> Result<(SetReport, Followed)> {
    let how = how.into();
    let mut after = AfterRemittance::at(how.clock.now());
    let report = remits::retry(db, actor, remittance, how, &mut after).await?;
    reassociate(db, actor, how).await?;
    Ok((report, after.followed))
}

/// Posts a held set because a person says so, with all that follows.
///
/// # Errors
/// As [`remits::retry_as`].
pub async fn approve_remittance(
    db: &Db,
    actor: &Actor,
    how: impl Into<How<'_>>,
    remittance: RemittanceId,
    approval: &Approval,
) -> Result<(SetReport, Followed)> {
    let how = how.into();
    let mut after = AfterRemittance::at(how.clock.now());
    let report = remits::retry_as(db, actor, remittance, how, approval, &mut after).await?;
    reassociate(db, actor, how).await?;
    Ok((report, after.followed))
}

/// A deposit may have waited for what was posted now.
async fn reassociate(db: &Db, actor: &Actor, how: How<'_>) -> Result<usize> {
    let now = how.clock.now();
    db.batch(actor, async |tx| deposits::reassociate(tx, now).await).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(text: &str) -> Kind {
        Seen::of(&Content::from(text.as_bytes())).unwrap().kind
    }

    #[test]
    fn a_remittance_that_cannot_be_read_is_money_all_the_same() {
        assert!(matches!(kind_of("ST*835*0001~SE*2*0001~"), Kind::Remittance));
        assert!(matches!(kind_of("ST*837*0001*005010X222A1~SE*2*0001~"), Kind::Neither));
    }

    #[test]
    fn an_eob_that_was_entered_is_money_and_other_json_is_not() {
        assert!(matches!(kind_of("{\"document\":\"firstpass-eob/1\",\n\"payment\":{}}"), Kind::Remittance));
        assert!(matches!(kind_of("{\"document\":\"something\"}"), Kind::Neither));
    }
}
