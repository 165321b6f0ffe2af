//! PLB: which account each reason moves.

use crate::ledger::AccountKind;

/// The account on the other side of cash, by X12's provider adjustment reason codes. `None`: a
/// reason that we do not know, or whose meaning the payer's contract decides; the amount waits
/// in suspense until a person says what it is.
///
/// WO, FB and 72 come in pairs that clear each other over files (X12 RFI 227): an overpayment
/// taken back later is WO negative now and WO positive then, and our refund check is 72 negative
/// beside WO positive. So all of a pair move one account.
#[must_use]
pub fn account(reason: &str) -> Option<AccountKind> {
    Some(match reason {
        // Overpayment recovery, authorized return, adjustment, unspecified recovery, offset for
        // affiliated providers, third party liability, retro-activity.
        "WO" | "72" | "CS" | "WU" | "OB" | "TL" | "RA" => AccountKind::PayerRecoupments,
        // Forwarding balance, acceleration of benefits, withholding, periodic interim payment
        // and its settlements.
        "FB" | "AP" | "E3" | "PI" | "IS" | "PL" => AccountKind::ForwardingBalances,
        // Interest owed, capitation interest.
        "L6" | "CR" => AccountKind::InterestIncome,
        // Levy, tax withholding, penalty, late filing, student loan repayment.
        "LE" | "IR" | "L3" | "50" | "SL" => AccountKind::Levies,
        _ => return None,
    })
}
