//! Whom does a set pay? A clearinghouse that confuses two mailboxes must not put one practice's
//! money into another's books.
//!
//! The payee (1000B) is named by N104, an NPI or a tax id, and by more numbers in its REFs. One of
//! them that belongs to a billing provider of the practice is enough: a group has one tax id and
//! often several NPIs. Nothing here asks a database.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::registry::Provider;
use crate::types::Bytes;

/// 1000B: who is paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payee {
    /// N103 and N104, then REF01 and REF02 of each REF.
    pub numbers: Vec<PayeeNumber>,
    /// N1*PE.
    pub bytes: Bytes,
}

/// A number of a payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeNumber {
    /// N103 or REF01: `XX`, `FI`, `TJ`, `PQ` …
    pub qualifier: String,
    /// N104 or REF02.
    pub number: String,
}

impl PayeeNumber {
    /// N103 `XX`.
    #[must_use]
    pub fn is_npi(&self) -> bool {
        self.qualifier == "XX"
    }

    /// N103 `FI`, REF01 `TJ`.
    #[must_use]
    pub fn is_tax_id(&self) -> bool {
        matches!(self.qualifier.as_str(), "FI" | "TJ")
    }

    /// REF*PQ is whatever payer and payee agreed on, often one of the other two.
    fn belongs_to(&self, provider: &Provider) -> bool {
        let number = self.number.replace('-', "");
        let is_either = self.qualifier == "PQ";
        let tax_id = provider.billing.as_ref().map(|billing| billing.tax_id.as_str());
        ((self.is_npi() || is_either) && provider.npi.as_str() == number)
            || ((self.is_tax_id() || is_either) && tax_id == Some(&*number))
    }
}

impl fmt::Display for PayeeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PayeeNumber { qualifier, number } = self;
        match qualifier.as_str() {
            "XX" => write!(f, "NPI {number}"),
            "FI" | "TJ" => write!(f, "tax id {number}"),
            other => write!(f, "{other} {number}"),
        }
    }
}

/// How a payee stands to a practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One of its billing providers.
    Ours,
    /// Somebody else: the payee has an NPI or a tax id, and it is nobody's here.
    Another,
    /// The payee has no number that could be compared.
    Unnamed,
}

impl Payee {
    /// How it stands to the practice with these billing providers.
    #[must_use]
    pub fn standing(&self, billing: &[Provider]) -> Standing {
        if self.numbers.iter().any(|number| billing.iter().any(|one| number.belongs_to(one))) {
            Standing::Ours
        } else if self.numbers.iter().any(|number| number.is_npi() || number.is_tax_id()) {
            Standing::Another
        } else {
            Standing::Unnamed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::providers::{Billing, Name};
    use crate::types::{Address, ProviderId};

    fn group(npi: &str, tax_id: &str) -> Provider {
        Provider {
            id: ProviderId::new(),
            npi: npi.parse().unwrap(),
            taxonomy: None,
            name: Name::Group("Elm Street Clinic".into()),
            billing: Some(Billing {
                tax_id: tax_id.parse().unwrap(),
                tax_id_is_ssn: false,
                address: Address {
                    line_1: "1 Elm St".into(),
                    line_2: None,
                    city: "Springfield".into(),
                    state: "IL".into(),
                    zip: "627011234".into(),
                },
            }),
        }
    }

    /// Against a practice with two groups under one tax id.
    #[track_caller]
    fn check(numbers: &[(&str, &str)], expected: Standing) {
        let billing = [group("1234567893", "123456789"), group("1550000016", "123456789")];
        let number = |(qualifier, number): &(&str, &str)| PayeeNumber {
            qualifier: (*qualifier).to_owned(),
            number: (*number).to_owned(),
        };
        let payee = Payee { numbers: numbers.iter().map(number).collect(), bytes: Bytes::default() };
        assert_eq!(payee.standing(&billing), expected, "{numbers:?}");
    }

    #[test]
    fn one_number_of_a_billing_provider_makes_the_payee_ours() {
        check(&[("XX", "1234567893")], Standing::Ours);
        check(&[("XX", "1550000016")], Standing::Ours);
        check(&[("FI", "123456789")], Standing::Ours);
        check(&[("FI", "12-3456789")], Standing::Ours);
        check(&[("XX", "1987654328"), ("TJ", "123456789")], Standing::Ours);
        check(&[("XX", "1234567893"), ("TJ", "999999999")], Standing::Ours);
        check(&[("PQ", "123456789")], Standing::Ours);
    }

    #[test]
    fn a_number_of_another_kind_is_not_compared() {
        check(&[("XX", "123456789")], Standing::Another);
        check(&[("FI", "1234567893")], Standing::Another);
        check(&[("0B", "123456789")], Standing::Unnamed);
    }

    #[test]
    fn a_payee_is_another_only_when_it_has_an_npi_or_a_tax_id() {
        check(&[("XX", "1987654328")], Standing::Another);
        check(&[("FI", "999999999"), ("PQ", "A77")], Standing::Another);
        check(&[("XV", "7654321"), ("PQ", "A77")], Standing::Unnamed);
        check(&[], Standing::Unnamed);
    }
}
