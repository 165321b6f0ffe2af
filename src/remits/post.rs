//! What a payer's decision moves: the plan, before anything is written. Pure.
//!
//! The cash of a set is its payment, whatever becomes of its claims: each CLP moves exactly its
//! CLP04 on insurance cash, each PLB item exactly its amount the other way.
//!
//! - A claim that is matched: payment, contractual write-off, and the patient's share, which goes
//!   to the next payer (through receivable transfers, so that it is right by payer) or else to the
//!   patient. What was denied stays where it is.
//! - A reversal (CLP02 22): the exact entry that it takes back, swapped.
//! - What cannot be posted to a claim: money that came waits in unapplied cash, money that was
//!   taken waits in suspense, each with an exception that names it. So a set is posted whole.

use std::collections::{HashMap, HashSet};

use crate::claims::model::Adjustment;
use crate::ledger::{About, AccountKind, LedgerError, Transfer};
use crate::remits::exceptions::{Candidate, ExceptionKind, NewException, of_decisions};
use crate::remits::matching::{self, MatchRule, NextPayer, OurClaim};
use crate::remits::meaning::{Meaning, is_protected, meaning_of};
use crate::remits::model::{ClaimStatus, ProviderAdjustment, RemitClaim};
use crate::remits::plb;
use crate::remits::replacing::Statement;
use crate::types::{Carc, EntryId, GroupCode, Money, PayerId, Rarc, RemitClaimId};

/// What the ledger holds for a visit before a decision is posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Insurance receivable by payer.
    pub insurance: HashMap<PayerId, Money>,
    /// Patient receivable.
    pub patient: Money,
    /// Written off by contract so far.
    pub contractual: Money,
}

impl Account {
    /// What everybody owes for the visit.
    #[must_use]
    pub fn owed(&self) -> Money {
        self.insurance.values().sum::<Money>() + self.patient
    }

    /// The same after some transfers for this visit.
    #[must_use]
    pub fn after(&self, transfers: &[Transfer]) -> Account {
        let mut after = self.clone();
        for transfer in transfers {
            for (account, amount) in
                [(transfer.debit(), transfer.amount()), (transfer.credit(), -transfer.amount())]
            {
                match (account, transfer.about().payer) {
                    (AccountKind::InsuranceAr, Some(payer)) => {
                        *after.insurance.entry(payer).or_default() += amount;
                    }
                    (AccountKind::PatientAr, _) => after.patient += amount,
                    (AccountKind::ContractualAdjustments, _) => after.contractual += amount,
                    _ => {}
                }
            }
        }
        after
    }
}

/// An earlier decision about the same claim, posted and not reversed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The decision.
    pub remit_claim: RemitClaimId,
    /// Its entry; none when it moved nothing.
    pub entry: Option<EntryId>,
    /// It came in the remittance that is being posted, and is another part of the same answer: see [`tell_apart`].
    pub is_other_part: bool,
    /// Our lines that it answers, where it came in that remittance.
    pub lines: Vec<i16>,
    /// Of which of our lines it says what is written off or the patient's; none: of the claim as a whole.
    pub states: HashSet<Option<i16>>,
    /// CLP02.
    pub status: String,
    /// CLP07.
    pub payer_claim_control_number: Option<String>,
    /// CLP03.
    pub charged: Money,
    /// CLP04.
    pub paid: Money,
    /// Sums of CAS by group, all levels, groups without any left out.
    pub adjusted: HashMap<String, Money>,
    /// It, or what is being posted, was entered by hand from a paper EOB.
    pub by_hand: bool,
}

/// The claim that a CLP answers, with what is known of it.
#[derive(Clone, Debug)]
pub struct Matched<'a> {
    /// Ours.
    pub claim: &'a OurClaim,
    /// How it was found.
    pub rule: MatchRule,
    /// What the ledger holds for the visit.
    pub account: &'a Account,
    /// Earlier decisions about this claim, newest first.
    pub earlier: &'a [Earlier],
    /// What it writes off, of a later payer: what nobody before it did. None: what it says.
    pub written_off: Option<Money>,
    /// What stands of the earlier ones, where it takes the place of that.
    pub replaces: Option<&'a Statement>,
}

impl Matched<'_> {
    /// What the claim's payer still owes for the visit.
    fn still_owed(&self) -> Money {
        self.account.insurance.get(&self.claim.payer).copied().unwrap_or_default()
    }
}

/// What a denial is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenialCandidate {
    /// The line of the payer's answer; none when it stands on the claim.
    pub line_no: Option<u16>,
    /// CAS01.
    pub group: GroupCode,
    /// CAS02.
    pub reason: Carc,
    /// Remarks of the line, else of the claim.
    pub remarks: Vec<Rarc>,
    /// What was not paid for this reason; positive.
    pub amount: Money,
}

/// What a decision does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Posted to the claim.
    Posted(Posted),
    /// Takes an earlier decision back; the transfers are those of its entry, swapped.
    Reverses {
        /// The decision that is taken back.
        original: RemitClaimId,
        /// Its entry; none when it moved nothing.
        entry: Option<EntryId>,
    },
    /// Not posted to a claim: an exception says why.
    Waits,
}

impl Effect {
    /// The decision that it takes back.
    #[must_use]
    pub const fn takes_back(&self) -> Option<RemitClaimId> {
        match self {
            Effect::Reverses { original, .. } => Some(*original),
            Effect::Posted(_) | Effect::Waits => None,
        }
    }
}

/// What was posted to a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Written off by contract, as far as it was not yet.
    pub contractual: Money,
    /// Deductible, coinsurance, copay.
    pub patient_share: Money,
    /// Where the patient's share went.
    pub share: Share,
    /// What was denied, line by line.
    pub denials: Vec<DenialCandidate>,
    /// What is left of this payer's receivable.
    pub left: Money,
}

/// Where a patient's share went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// There was none.
    #[default]
    Nothing,
    /// To the patient.
    Patient,
    /// To the payer that comes next.
    NextPayer(NextPayer),
    /// It stays: the claim was sent on to a payer that is not on file.
    Stays,
    /// It stays, and the patient may never be billed: a qualified Medicare beneficiary.
    Protected,
}

/// The plan for one CLP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What happens to the claim.
    pub effect: Effect,
    /// What moves, but for a reversal's.
    pub transfers: Vec<Transfer>,
    /// What waits for a person.
    pub exceptions: Vec<NewException>,
}

/// A CLP whose claim was not found: its money waits.
///
/// # Errors
/// [`LedgerError`] never, as long as cash and the accounts it waits in are accounts of their own.
pub fn unmatched(
    remit: &RemitClaim,
    payer: Option<PayerId>,
    exception: NewException,
) -> Result<Plan, LedgerError> {
    let about = About { payer, ..About::default() };
    waits(remit, about, exception)
}

/// A CLP whose claim was found.
///
/// # Errors
/// [`LedgerError`] never, as long as a claim has its patient.
pub fn matched(remit: &RemitClaim, found: &Matched<'_>) -> Result<Plan, LedgerError> {
    if !remit.status.decides() || is_missing_part(remit, found) {
        return chosen(remit, found);
    }
    let claim = found.claim.id;
    let (detail, candidates) = if let Some(same) =
        found.earlier.iter().find(|earlier| repeats(remit, earlier))
    {
        let detail = "the same decision is posted already".to_owned();
        (detail, vec![Candidate::twin(claim, same.remit_claim)])
    } else if let Some(again) = decided_before(remit, found) {
        let detail = match again {
            Again::MoreThanOwed => format!(
                "the payer decided the claim before and took nothing back: {} paid, {} written off and {} of the \
                 patient are more than the {} that it still owes",
                remit.paid,
                written_off(remit, found),
                patient_share(remit),
                found.still_owed()
            ),
            Again::SameLines => format!(
                "the payer decided the claim before and took nothing back: {} written off and {} of the patient are \
                 about what was written off, or the patient's, before",
                written_off(remit, found),
                patient_share(remit)
            ),
            Again::Denial => {
                "the payer denies what it decided before, and owes nothing more of it".to_owned()
            }
        };
        (detail, of_decisions(remit, claim, found.earlier))
    } else {
        return chosen(remit, found);
    };
    let waiting = About { payer: Some(found.claim.payer), ..About::default() };
    let exception = NewException::new(ExceptionKind::AlreadyPosted, remit.paid, detail);
    waits(remit, waiting, exception.with(candidates))
}

/// A CLP whose claim a person named: it may say what is posted already.
///
/// # Errors
/// As [`matched`].
pub fn chosen(remit: &RemitClaim, found: &Matched<'_>) -> Result<Plan, LedgerError> {
    let ours = found.claim;
    // The money waits for the payer, not on the claim: nothing of the claim has moved yet.
    let waiting = About { payer: Some(ours.payer), ..About::default() };
    let exception = |kind, detail: &str| NewException::new(kind, remit.paid, detail);
    match &remit.status {
        ClaimStatus::Reversal => return reversal(remit, found, waiting),
        ClaimStatus::NotOursForwarded => {
            let detail = "the payer says that the claim is not its own, and sent it on (CLP02 23)";
            return waits(remit, waiting, exception(ExceptionKind::NotOursForwarded, detail));
        }
        ClaimStatus::Predetermination => {
            let detail = "a predetermination (CLP02 25) says what would be paid";
            return waits(remit, waiting, exception(ExceptionKind::Predetermination, detail));
        }
        ClaimStatus::Other(code) => {
            let detail = format!("CLP02 {code} is no claim status of the guide");
            return waits(remit, waiting, exception(ExceptionKind::UnknownStatus, &detail));
        }
        ClaimStatus::Primary
        | ClaimStatus::Secondary
        | ClaimStatus::Tertiary
        | ClaimStatus::Denied
        | ClaimStatus::PrimaryForwarded
        | ClaimStatus::SecondaryForwarded
        | ClaimStatus::TertiaryForwarded => {}
    }
    decision(remit, found)
}

/// True when a decision says anew what others that stand say of the whole charge: posted beside them, its write-off and
/// the patient's share take the place of theirs.
#[must_use]
pub fn states_anew(remit: &RemitClaim, found: &Matched<'_>) -> bool {
    remit.status.decides()
        && !is_missing_part(remit, found)
        && (found.earlier.iter().any(|earlier| repeats(remit, earlier))
            || decided_before(remit, found).is_some())
}

/// A decision to be posted: payment, write-off, patient's share. Beside decisions that it replaces, the payment and
/// what it says else than they do: money adds up, statements do not.
fn decision(remit: &RemitClaim, found: &Matched<'_>) -> Result<Plan, LedgerError> {
    use AccountKind::{ContractualAdjustments, InsuranceAr, InsuranceCash, PatientAr};
    let ours = found.claim;
    let about = about(ours);
    let contractual = written_off(remit, found);
    let patient_share = patient_share(remit);
    let mut exceptions = vec![];

    let mut stated = vec![Transfer::signed(ContractualAdjustments, InsuranceAr, contractual, about)?];
    let share = match ours.next_payer {
        _ if patient_share.is_zero() => Share::Nothing,
        Some(next) => {
            stated.extend(to_next_payer(ours, next, patient_share)?.into_iter().map(Some));
            Share::NextPayer(next)
        }
        None if remit.is_crossed_over() => {
            exceptions.push(NewException::new(
                ExceptionKind::NextPayerUnknown,
                patient_share,
                "the payer sent the claim on, and the patient has no further coverage on file",
            ));
            Share::Stays
        }
        None if is_protected(remit) => Share::Protected,
        None => {
            stated.push(Transfer::signed(PatientAr, InsuranceAr, patient_share, about)?);
            Share::Patient
        }
    };
    let mut stated: Vec<Transfer> = stated.into_iter().flatten().collect();
    if let Some(before) = found.replaces {
        stated = Statement::of(&stated).less(before).transfers()?;
    }
    let paid = Transfer::signed(InsuranceCash, InsuranceAr, remit.paid, about)?;
    let transfers: Vec<Transfer> = paid.into_iter().chain(stated).collect();

    let after = found.account.after(&transfers);
    let left = |account: &Account| account.insurance.get(&ours.payer).copied().unwrap_or_default();
    // What a payer pays beside its own answer is its own, whatever the patient still owes.
    let owed = |account: &Account| if found.replaces.is_some() { left(account) } else { account.owed() };
    let more = over_paid(owed(found.account), owed(&after));
    if more.is_positive() {
        exceptions.push(NewException::new(
            ExceptionKind::OverPayment,
            more,
            "more has come in for the visit than was owed",
        ));
    }
    let left = left(&after);
    let denials = denials(remit);
    let contractual = contractual - found.replaces.map(Statement::written_off).unwrap_or_default();
    let posted = Posted { contractual, patient_share, share, denials, left };
    Ok(Plan { effect: Effect::Posted(posted), transfers, exceptions })
}

/// What is over-paid for a visit more than before, by what was owed for it and what is now.
pub(super) fn over_paid(before: Money, after: Money) -> Money {
    (before.min(Money::ZERO) - after).max(Money::ZERO)
}

/// What the CAS of one meaning come to, at all levels.
fn sum_of(remit: &RemitClaim, wanted: Meaning) -> Money {
    remit.all_adjustments().filter(|(_, a)| meaning_of(a) == wanted).map(|(_, a)| a.amount).sum()
}

/// What a decision writes off by contract. A later payer restates the whole charge: `restating` reads what of it is
/// its own.
fn written_off(remit: &RemitClaim, found: &Matched<'_>) -> Money {
    found.written_off.unwrap_or_else(|| sum_of(remit, Meaning::Contractual))
}

/// Deductible, coinsurance, copay.
fn patient_share(remit: &RemitClaim) -> Money {
    sum_of(remit, Meaning::PatientShare)
}

/// Why a decision says anew what another one that stands said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// It moves more than this payer still owes.
    MoreThanOwed,
    /// It writes off, or leaves to the patient, some of the same lines.
    SameLines,
    /// It denies what is settled, most often as a duplicate.
    Denial,
}

/// Whether a decision says anew what one that stands said: a decision states the whole charge, so its write-off and the
/// patient's share would count twice beside it, and the patient be asked for both. Where what it moves fits into what
/// this payer still owes, and is about other lines, it is about what was left, such as denied lines that were billed
/// again, and no repetition. A correction whose reversal comes a file later waits so, until that has come.
fn decided_before(remit: &RemitClaim, found: &Matched<'_>) -> Option<Again> {
    let stands = || found.earlier.iter().filter(|earlier| !earlier.is_other_part && earlier.entry.is_some());
    stands().next()?;
    let stated = written_off(remit, found) + patient_share(remit);
    if !stated.is_positive() {
        let is_denial = remit.paid.is_zero() && stated.is_zero() && !denials(remit).is_empty();
        return (is_denial && !found.still_owed().is_positive()).then_some(Again::Denial);
    }
    if remit.paid + stated > found.still_owed() {
        return Some(Again::MoreThanOwed);
    }
    let lines = matching::lines(&remit.lines, &found.claim.lines);
    let by_line = remit.lines.iter().zip(lines).map(|(line, ours)| (ours, line.adjustments.as_slice()));
    let says = states(by_line.chain([(None, remit.adjustments.as_slice())]));
    let is_same = |earlier: &Earlier| {
        earlier.charged + remit.charged > found.claim.charged && !earlier.states.is_disjoint(&says)
    };
    stands().any(is_same).then_some(Again::SameLines)
}

/// Of which lines adjustments say what is written off or the patient's; none: of the claim as a whole.
pub(super) fn states<'a>(
    adjustments: impl IntoIterator<Item = (Option<i16>, &'a [Adjustment])>,
) -> HashSet<Option<i16>> {
    let is_stated =
        |one: &Adjustment| matches!(meaning_of(one), Meaning::Contractual | Meaning::PatientShare);
    adjustments.into_iter().filter(|(_, all)| all.iter().any(is_stated)).map(|(line, _)| line).collect()
}

/// What concerns a claim's visit and payer.
pub(super) fn about(ours: &OurClaim) -> About {
    About { claim: Some(ours.account_claim), payer: Some(ours.payer), patient: Some(ours.patient) }
}

/// A patient's share that the next payer is asked for: out of this payer's receivable into that one's,
/// so that what is owed is right by payer.
///
/// # Errors
/// As [`matched`].
pub fn to_next_payer(ours: &OurClaim, next: NextPayer, share: Money) -> Result<Vec<Transfer>, LedgerError> {
    use AccountKind::{InsuranceAr, ReceivableTransfers};
    let about = about(ours);
    let theirs = About { payer: Some(next.payer), ..about };
    let into = Transfer::signed(InsuranceAr, ReceivableTransfers, share, theirs)?;
    let out = Transfer::signed(ReceivableTransfers, InsuranceAr, share, about)?;
    Ok(into.into_iter().chain(out).collect())
}

/// What was not paid and is neither contract, nor patient's share, nor an earlier payer's.
fn denials(remit: &RemitClaim) -> Vec<DenialCandidate> {
    remit
        .all_adjustments()
        .filter(|(_, a)| a.amount.is_positive() && meaning_of(a) == Meaning::Denied)
        .map(|(line, a)| DenialCandidate {
            line_no: line.map(|line| line.line_no),
            group: a.group,
            reason: a.reason.clone(),
            remarks: match line {
                Some(line) if !line.remarks.is_empty() => line.remarks.clone(),
                _ => remit.remarks.clone(),
            },
            amount: a.amount,
        })
        .collect()
}

/// CLP02 22: the newest posted decision with the same numbers, negated.
fn reversal(remit: &RemitClaim, found: &Matched<'_>, waiting: About) -> Result<Plan, LedgerError> {
    if let Some(original) = found.earlier.iter().find(|earlier| undoes(remit, earlier)) {
        let (original, entry) = (original.remit_claim, original.entry);
        return Ok(Plan {
            effect: Effect::Reverses { original, entry },
            transfers: vec![],
            exceptions: vec![],
        });
    }
    let detail = match found.earlier.first() {
        None => "no decision about this claim is posted that it could take back".to_owned(),
        Some(newest) if (newest.charged, newest.paid) != (-remit.charged, -remit.paid) => format!(
            "the posted decisions differ from it: the newest has charge {} and payment {}, the reversal {} and {}",
            newest.charged, newest.paid, remit.charged, remit.paid
        ),
        Some(newest)
            if !same_number(
                remit.payer_claim_control_number.as_deref(),
                newest.payer_claim_control_number.as_deref(),
            ) =>
        {
            "the newest posted decision has its amounts, and another payer claim control number (CLP07)"
                .to_owned()
        }
        Some(_) => "the newest posted decision has its charge and its payment, and other adjustments (CAS)"
            .to_owned(),
    };
    let exception = NewException::new(ExceptionKind::ReversalWithoutOriginal, remit.paid, detail);
    waits(remit, waiting, exception.with(of_decisions(remit, found.claim.id, found.earlier)))
}

/// CLP02 22 of a payment that came twice, where one of the two is owed back to the payer, or was sent back: which of
/// them the payer takes back, a person says.
///
/// # Errors
/// As [`matched`].
pub(super) fn reversal_of_either(remit: &RemitClaim, found: &Matched<'_>) -> Result<Plan, LedgerError> {
    let detail = "the payer paid this twice, and one of the two is owed back to it, or was sent back: say which of them \
                  it takes back";
    let exception = NewException::new(ExceptionKind::ReversalWithoutOriginal, remit.paid, detail);
    let waiting = About { payer: Some(found.claim.payer), ..About::default() };
    waits(remit, waiting, exception.with(of_decisions(remit, found.claim.id, found.earlier)))
}

fn undoes(reversal: &RemitClaim, earlier: &Earlier) -> bool {
    earlier.status != ClaimStatus::Reversal.code()
        && same_number(
            reversal.payer_claim_control_number.as_deref(),
            earlier.payer_claim_control_number.as_deref(),
        )
        && is_negated(reversal, earlier.charged, earlier.paid, &earlier.adjusted)
}

/// True when a reversal has a decision's charge, payment and adjustments by group, each negated.
fn is_negated(reversal: &RemitClaim, charged: Money, paid: Money, by_group: &HashMap<String, Money>) -> bool {
    let negated: HashMap<String, Money> =
        adjusted(reversal).into_iter().map(|(group, sum)| (group, -sum)).collect();
    charged == -reversal.charged && paid == -reversal.paid && *by_group == negated
}

/// The same decision about the same claim, no other part of the same answer. An EOB on paper often lacks the payer's
/// number of the claim: there only two different ones tell decisions apart.
fn repeats(remit: &RemitClaim, earlier: &Earlier) -> bool {
    let is_same_number = if earlier.by_hand {
        same_number(
            remit.payer_claim_control_number.as_deref(),
            earlier.payer_claim_control_number.as_deref(),
        )
    } else {
        earlier.payer_claim_control_number.is_some()
            && earlier.payer_claim_control_number == remit.payer_claim_control_number
    };
    !earlier.is_other_part
        && is_same_number
        && earlier.status == remit.status.code()
        && earlier.charged == remit.charged
        && earlier.paid == remit.paid
        && earlier.adjusted == adjusted(remit)
}

/// A part of a claim that the payer split, for which there is room beside the parts that are posted: two
/// parts may be alike.
fn is_missing_part(remit: &RemitClaim, found: &Matched<'_>) -> bool {
    let posted: Money = found.earlier.iter().map(|earlier| earlier.charged).sum();
    remit.is_part() && posted + remit.charged <= found.claim.charged
}

/// Tells the parts of an answer from a second one, of decisions that came in the same remittance: parts of one charge
/// come in one remittance (MA15), and fit into what we charged together, or answer lines of their own. `lines` are ours
/// that the decision answers; `to_come` the reversals about the claim that stand later in the remittance: what one of
/// them takes back is no answer beside another, but the first half of a correction.
pub(super) fn tell_apart(
    remit: &RemitClaim,
    claim: &OurClaim,
    lines: &[Option<i16>],
    to_come: &[&RemitClaim],
    earlier: &mut [Earlier],
) {
    if !remit.status.decides() || to_come.iter().any(|reversal| negates(reversal, remit)) {
        return;
    }
    let mut parts: Vec<&mut Earlier> = earlier
        .iter_mut()
        .filter(|one| one.is_other_part && !to_come.iter().any(|reversal| undoes(reversal, one)))
        .collect();
    let answered: Money = parts.iter().map(|one| one.charged).sum();
    let is_same_line = |line: &i16| parts.iter().any(|one| one.lines.contains(line));
    let has_own_lines = lines.iter().any(Option::is_some)
        && !lines.iter().flatten().any(is_same_line)
        && parts.iter().all(|one| !one.lines.is_empty());
    if answered + remit.charged <= claim.charged || has_own_lines {
        return;
    }
    for one in &mut parts {
        one.is_other_part = false;
    }
}

/// The same of two decisions of one set.
fn negates(reversal: &RemitClaim, decision: &RemitClaim) -> bool {
    same_number(
        reversal.payer_claim_control_number.as_deref(),
        decision.payer_claim_control_number.as_deref(),
    ) && is_negated(reversal, decision.charged, decision.paid, &adjusted(decision))
}

/// Payers may leave CLP07 out of either.
fn same_number(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// Sums of CAS by group over all levels; groups that come to nothing are left out.
#[must_use]
pub fn adjusted(remit: &RemitClaim) -> HashMap<String, Money> {
    let mut sums: HashMap<String, Money> = HashMap::new();
    for (_, adjustment) in remit.all_adjustments() {
        *sums.entry(adjustment.group.code().to_owned()).or_default() += adjustment.amount;
    }
    sums.retain(|_, sum| !sum.is_zero());
    sums
}

/// Money that came waits in unapplied cash, money that was taken in suspense.
fn waits(remit: &RemitClaim, about: About, exception: NewException) -> Result<Plan, LedgerError> {
    let transfer = Transfer::signed(AccountKind::InsuranceCash, holding(remit.paid), remit.paid, about)?;
    Ok(Plan { effect: Effect::Waits, transfers: transfer.into_iter().collect(), exceptions: vec![exception] })
}

/// Where what a CLP pays waits until its claim is known.
#[must_use]
pub const fn holding(paid: Money) -> AccountKind {
    if paid.is_negative() { AccountKind::Suspense } else { AccountKind::UnappliedCash }
}

/// The transfers of a decision whose money came before: out of where it waits instead of cash.
///
/// # Errors
/// [`LedgerError`] never: no decision moves between cash and where money waits.
pub fn paid_from(held: AccountKind, transfers: &[Transfer]) -> Result<Vec<Transfer>, LedgerError> {
    let instead = |account| if account == AccountKind::InsuranceCash { held } else { account };
    let moved = |t: &Transfer| Transfer::new(instead(t.debit()), instead(t.credit()), t.amount(), t.about());
    transfers.iter().map(moved).collect()
}

/// What one PLB item moves, and whether it waits: positive lowers the payment.
///
/// # Errors
/// [`LedgerError`] never: no account of [`plb`] is cash.
pub fn provider_adjustment(
    adjustment: &ProviderAdjustment,
    payer: Option<PayerId>,
) -> Result<(Option<Transfer>, Option<NewException>), LedgerError> {
    let about = About { payer, ..About::default() };
    let account = plb::account(&adjustment.reason);
    let exception = account.is_none().then(|| {
        NewException::new(
            ExceptionKind::UnknownProviderAdjustment,
            adjustment.amount,
            format!("PLB reason {} at {}", adjustment.reason, adjustment.bytes),
        )
    });
    let account = account.unwrap_or(AccountKind::Suspense);
    Ok((Transfer::signed(account, AccountKind::InsuranceCash, adjustment.amount, about)?, exception))
}

/// What a transfer does to insurance cash.
#[must_use]
pub fn cash(transfers: &[Transfer]) -> Money {
    let moved = |transfer: &Transfer| match (transfer.debit(), transfer.credit()) {
        (AccountKind::InsuranceCash, _) => transfer.amount(),
        (_, AccountKind::InsuranceCash) => -transfer.amount(),
        _ => Money::ZERO,
    };
    transfers.iter().map(moved).sum()
}
