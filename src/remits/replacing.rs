//! Money adds up, statements replace: a decision that a person posts although others about its claim stand.
//!
//! A decision states the whole charge (X221 1.10.2.1: paid = charged - adjustments). Beside another one that stands,
//! its payment counts, since it came; its write-off and the patient's share take the place of what the other one said
//! of them. So its entry moves its payment and the differences. Of 100.00 a payer paid 80.00 and wrote 20.00 off, and
//! then decides 85.00 and 15.00 without taking anything back:
//!
//! | | paid | off | owed |
//! | --- | --- | --- | --- |
//! | the first | 80.00 | 20.00 | 0.00 |
//! | the second, in its place | 85.00 | 15.00 - 20.00 = -5.00 | -80.00 |
//! | both | 165.00 | 15.00 | -80.00: the payer's |
//!
//! What stands of a claim is a pile: the last that was posted speaks, and what all of them moved comes to what it says.
//! The reversal (CLP02 22) of the last one is exact, and the one below speaks again. The exact reversal of one below
//! takes back what the ones above moved the difference to: that is carried over to the next one above by an entry of
//! its own, so that the pile comes to the same without it. Here, once the first is taken back: 20.00 less off by its
//! reversal, 20.00 more off that the second carries, 15.00 off in all; 80.00 less paid, and nothing is over-paid.
//!
//! A next payer's own write-off depends on what was written off before it; [`super::restating`] computes it of the
//! decisions that speak.

use crate::db::Tx;
use crate::ledger::{self, About, AccountKind, LedgerError, Transfer};
use crate::remits::post::Earlier;
use crate::remits::store;
use crate::types::{EntryId, Money, PayerId, RemitClaimId, Result};

/// What decisions say that a payer does not pay, as it stands on a visit: what is written off by contract, and the
/// patient's share, wherever it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement(Vec<(AccountKind, About, Money)>);

impl Statement {
    /// What these transfers state; payments, refunds and credits state nothing.
    #[must_use]
    pub fn of<'a>(transfers: impl IntoIterator<Item = &'a Transfer>) -> Statement {
        let mut statement = Statement::default();
        for transfer in transfers {
            match (transfer.debit(), transfer.credit()) {
                (to, AccountKind::InsuranceAr) if is_stated(to) => {
                    statement.add(to, transfer.about(), transfer.amount());
                }
                (AccountKind::InsuranceAr, to) if is_stated(to) => {
                    statement.add(to, transfer.about(), -transfer.amount());
                }
                _ => {}
            }
        }
        statement
    }

    /// What it states else than another one.
    #[must_use]
    pub fn less(mut self, other: &Statement) -> Statement {
        for (account, about, amount) in &other.0 {
            self.add(*account, *about, -*amount);
        }
        self
    }

    /// What it moves out of insurance receivables; less than nothing moves back.
    ///
    /// # Errors
    /// [`LedgerError`] never: no account of a statement is a receivable of insurance.
    pub fn transfers(&self) -> std::result::Result<Vec<Transfer>, LedgerError> {
        let signed = |(account, about, amount): &(AccountKind, About, Money)| {
            Transfer::signed(*account, AccountKind::InsuranceAr, *amount, *about).transpose()
        };
        self.0.iter().filter_map(signed).collect()
    }

    /// What it writes off by contract.
    #[must_use]
    pub fn written_off(&self) -> Money {
        let of = self.0.iter().filter(|(account, ..)| *account == AccountKind::ContractualAdjustments);
        of.map(|(_, _, amount)| *amount).sum()
    }

    /// The patient's share that it takes out of a payer's receivable, whoever is asked for it.
    #[must_use]
    pub fn share(&self, payer: PayerId) -> Money {
        let of = self.0.iter().filter(|(account, about, _)| {
            *account != AccountKind::ContractualAdjustments && about.payer == Some(payer)
        });
        of.map(|(_, _, amount)| *amount).sum()
    }

    fn add(&mut self, account: AccountKind, about: About, amount: Money) {
        match self.0.iter_mut().find(|(of, whom, _)| (*of, *whom) == (account, about)) {
            Some((_, _, sum)) => *sum += amount,
            None => self.0.push((account, about, amount)),
        }
    }
}

fn is_stated(account: AccountKind) -> bool {
    matches!(
        account,
        AccountKind::ContractualAdjustments | AccountKind::PatientAr | AccountKind::ReceivableTransfers
    )
}

/// What stands of some decisions, together: by their entries, and what people moved because of them.
pub(super) async fn stated(tx: &mut Tx, decisions: &[Earlier]) -> Result<Statement> {
    let ids: Vec<RemitClaimId> = decisions.iter().map(|one| one.remit_claim).collect();
    let moved = store::moved_by_people(tx, &ids).await?;
    let own = decisions.iter().filter_map(|one| one.entry);
    let entries: Vec<EntryId> = own.chain(moved.into_values().flatten()).collect();
    let mut entries = ledger::entries(tx, &entries).await?;
    entries.sort_by_key(|entry| entry.id);
    Ok(Statement::of(entries.iter().flat_map(|entry| &entry.transfers)))
}
