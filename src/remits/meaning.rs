//! What an adjustment does to the books: the one table of it.

use crate::claims::model::Adjustment;
use crate::remits::model::RemitClaim;
use crate::types::{Carc, GroupCode};

/// What an adjustment (CAS) means to what is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Given up by contract or rule when it was billed: written off.
    Contractual,
    /// What an earlier payer did, restated by a later one: moves nothing.
    PriorPayer,
    /// Deductible, coinsurance, copay: the next payer's, or the patient's.
    PatientShare,
    /// Worth a person's look before anybody gives it up or bills it: moves nothing.
    Denied,
}

/// X12 list 139: above the fee schedule, sequestration, multiple procedure rules, capitation,
/// managed care withholding, negotiated discount, prompt-pay discount.
const CONTRACTUAL: [&str; 7] = ["45", "253", "59", "24", "104", "131", "44"];

/// X12 list 139: deductible, coinsurance, copay, blood deductible.
const PATIENT_SHARE: [&str; 4] = ["1", "2", "3", "66"];

/// X12 list 139: a share that rules forbid to collect from the patient, with OA.
const QMB_SHARE: &str = "209";

/// True when the payer says that the patient's share may never be billed to the patient: a
/// qualified Medicare beneficiary, whose Medicare share is Medicaid's or nobody's (42 USC
/// 1396a(n)(3)(B); OA-209, RARC N781 to N783).
#[must_use]
pub fn is_protected(remit: &RemitClaim) -> bool {
    let share = |a: &Adjustment| a.group == GroupCode::OtherAdjustment && a.reason.as_str() == QMB_SHARE;
    remit.has_remark(&["N781", "N782", "N783"]) || remit.all_adjustments().any(|(_, a)| share(a))
}

/// The meaning of a group and reason.
///
/// The group alone does not decide: CO-16 is repaired and sent again, CO-45 never comes back,
/// PR-96 is a denial before it is a bill.
#[must_use]
pub fn meaning(group: GroupCode, reason: &Carc) -> Meaning {
    let reason = reason.as_str();
    match group {
        GroupCode::PatientResponsibility if PATIENT_SHARE.contains(&reason) => Meaning::PatientShare,
        GroupCode::PatientResponsibility => Meaning::Denied,
        GroupCode::OtherAdjustment if reason == "23" => Meaning::PriorPayer,
        // The share of a qualified Medicare beneficiary: the next payer's, never the patient's.
        GroupCode::OtherAdjustment if reason == QMB_SHARE => Meaning::PatientShare,
        GroupCode::ContractualObligation | GroupCode::PayerInitiated | GroupCode::OtherAdjustment => {
            if CONTRACTUAL.contains(&reason) {
                Meaning::Contractual
            } else {
                Meaning::Denied
            }
        }
    }
}

/// The meaning of an adjustment on a claim that is no reversal.
///
/// A negative contractual obligation (CO-94, CO-144) pays more than was charged by rule: there
/// is nothing to dispute, and the write-off is that much less.
#[must_use]
pub fn meaning_of(adjustment: &Adjustment) -> Meaning {
    match meaning(adjustment.group, &adjustment.reason) {
        Meaning::Denied
            if adjustment.group == GroupCode::ContractualObligation && adjustment.amount.is_negative() =>
        {
            Meaning::Contractual
        }
        meaning => meaning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: &str, reason: &str, expected: Meaning) {
        assert_eq!(meaning(group.parse().unwrap(), &reason.parse().unwrap()), expected, "{group}-{reason}");
    }

    #[test]
    fn group_and_reason_decide_together() {
        check("CO", "45", Meaning::Contractual);
        check("CO", "253", Meaning::Contractual);
        check("CO", "16", Meaning::Denied);
        check("PI", "16", Meaning::Denied);
        check("PR", "1", Meaning::PatientShare);
        check("PR", "3", Meaning::PatientShare);
        check("PR", "96", Meaning::Denied);
        check("PR", "45", Meaning::Denied);
        check("OA", "23", Meaning::PriorPayer);
        check("CO", "23", Meaning::Denied);
        check("OA", "209", Meaning::PatientShare);
    }
}
