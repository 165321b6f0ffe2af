//! PLB: which account each reason moves.

use crate::ledger::AccountKind;

/// X12's provider adjustment reason codes by the account on the other side of cash.
///
/// WO, FB and 72 come in pairs that clear each other over files (X12 RFI 227): an overpayment
/// taken back later is WO negative now and WO positive then, and our refund check is 72 negative
/// beside WO positive. So all of a pair move one account.
const REASONS: [(AccountKind, &[&str]); 4] = [
    // Overpayment recovery, authorized return, adjustment, unspecified recovery, offset for
    // affiliated providers, third party liability, retro-activity.
    (AccountKind::PayerRecoupments, &["WO", "72", "CS", "WU", "OB", "TL", "RA"]),
    // Forwarding balance, acceleration of benefits, withholding, periodic interim payment
    // and its settlements.
    (AccountKind::ForwardingBalances, &["FB", "AP", "E3", "PI", "IS", "PL"]),
    // Interest owed, capitation interest.
    (AccountKind::InterestIncome, &["L6", "CR"]),
    // Levy, tax withholding, penalty, late filing, student loan repayment.
    (AccountKind::Levies, &["LE", "IR", "L3", "50", "SL"]),
];

/// The account on the other side of cash. `None`: a reason that we do not know, or whose meaning the
/// payer's contract decides; the amount waits in suspense until a person says what it is.
#[must_use]
pub fn account(reason: &str) -> Option<AccountKind> {
    REASONS.iter().find(|(_, reasons)| reasons.contains(&reason)).map(|(account, _)| *account)
}

/// The reasons that move an account; none when no PLB moves it.
#[must_use]
pub fn reasons(account: AccountKind) -> &'static [&'static str] {
    REASONS.iter().find(|(moved, _)| *moved == account).map_or(&[], |(_, reasons)| reasons)
}
