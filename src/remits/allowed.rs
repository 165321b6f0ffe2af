//! What a payer allowed: what it and the patient owe together for a service.

use crate::claims::model::Adjustment;
use crate::remits::meaning::{Meaning, meaning_of};
use crate::types::{GroupCode, Money};

/// X12 list 139: sequestration, managed care withholding, prompt-pay discount. They lower what is
/// paid of what is allowed.
const WITHHELD: [&str; 3] = ["253", "104", "44"];

/// X12 list 139: capitation; the service was paid for beforehand.
const CAPITATION: &str = "24";

/// What was allowed of a charge: AMT*B6 where the payer states it (X221 2110), else the charge less
/// what was given up by contract. None where something was denied, which is worked as a denial, or
/// paid for by capitation.
#[must_use]
pub fn allowed(charged: Money, stated: Option<Money>, adjustments: &[Adjustment]) -> Option<Money> {
    let undecided = |adjustment: &Adjustment| match meaning_of(adjustment) {
        Meaning::Denied => adjustment.amount.is_positive(),
        Meaning::Contractual => adjustment.reason.as_str() == CAPITATION,
        Meaning::PriorPayer => true,
        Meaning::PatientShare => false,
    };
    if adjustments.iter().any(undecided) {
        return None;
    }
    Some(stated.unwrap_or_else(|| charged - given_up(adjustments)))
}

/// What was given up by contract: it lowers what is allowed.
#[must_use]
pub fn given_up(adjustments: &[Adjustment]) -> Money {
    let given_up = adjustments.iter().filter(|adjustment| {
        meaning_of(adjustment) == Meaning::Contractual
            && !(WITHHELD.contains(&adjustment.reason.as_str())
                && adjustment.group == GroupCode::ContractualObligation)
    });
    given_up.map(|adjustment| adjustment.amount).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stated: Option<&str>, adjustments: &[(&str, &str, &str)], expected: Option<&str>) {
        let adjustments: Vec<Adjustment> = adjustments
            .iter()
            .map(|(group, reason, amount)| Adjustment {
                group: group.parse().unwrap(),
                reason: reason.parse().unwrap(),
                amount: amount.parse().unwrap(),
                quantity: None,
            })
            .collect();
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(allowed(money("150.00"), stated.map(money), &adjustments), expected.map(money));
    }

    #[test]
    fn the_charge_less_what_the_contract_gives_up_is_allowed() {
        check(None, &[], Some("150.00"));
        check(None, &[("CO", "45", "33.00"), ("PR", "3", "25.00")], Some("117.00"));
        check(Some("118.00"), &[("CO", "45", "33.00")], Some("118.00"));
        // Sequestration is taken from the payment, not from what is allowed.
        check(None, &[("CO", "45", "50.00"), ("CO", "253", "2.00")], Some("100.00"));
        check(None, &[("CO", "59", "60.00"), ("CO", "45", "10.00")], Some("80.00"));
    }

    #[test]
    fn what_was_denied_or_paid_beforehand_says_nothing_of_the_contract() {
        check(Some("117.00"), &[("CO", "45", "33.00"), ("CO", "197", "117.00")], None);
        check(None, &[("PR", "96", "150.00")], None);
        check(None, &[("CO", "24", "150.00")], None);
        check(None, &[("OA", "23", "80.00")], None);
    }
}
