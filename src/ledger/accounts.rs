//! The chart of accounts: which accounts there are, on which side they grow, and what a movement
//! between one of them and a receivable means.

use std::fmt;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// What an account holds. One account of each kind belongs to every organization; the kind is what
/// features post to, the name and the general-ledger number are the practice's own to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// What payers sent us, in the bank or on its way to it.
    InsuranceCash,
    /// What patients paid us.
    PatientCash,
    /// What payers owe us. Every movement names a claim.
    InsuranceAr,
    /// What patients owe us. Every movement names a patient.
    PatientAr,
    /// Clears moves of a receivable from one claim or payer to another: out of the first into
    /// this account, from this account into the second. Zero when every move is whole.
    ReceivableTransfers,
    /// Money received that nobody has said yet what it is for.
    UnappliedCash,
    /// Differences posted by override; stays open until somebody explains them.
    Suspense,
    /// What patients paid beyond what they owe, and prepayments.
    PatientCredits,
    /// What we have decided to pay back and have not paid yet.
    RefundsPayable,
    /// Overpayments that payers recover from later remittances (PLB WO).
    PayerRecoupments,
    /// Balances that payers carry from one remittance to a later one (PLB FB).
    ForwardingBalances,
    /// Gross charges: what was billed, before anybody took anything off.
    Charges,
    /// Written off because a contract says so (CO-45 and its kin).
    ContractualAdjustments,
    /// Written off because a denial was not overturned.
    DenialWriteOffs,
    /// Written off because collecting it costs more.
    SmallBalanceWriteOffs,
    /// Given away on purpose: prompt pay, self pay, hardship.
    Discounts,
    /// Given up after collection failed.
    BadDebt,
    /// Interest that payers owe for paying late (PLB L6).
    InterestIncome,
    /// What payers keep as a levy or penalty (PLB LE, 50).
    Levies,
}

/// The side on which an account grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Assets, contra-revenue and expenses.
    Debit,
    /// Liabilities and revenue.
    Credit,
}

/// What a movement between a receivable and an account means to the receivable.
///
/// This is the equation of every claim: receivable = charges - payments - adjustments
/// + refunds and takebacks + moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The account is itself a receivable: a movement to another receivable shifts who owes.
    Receivable,
    /// Raises it: something was billed.
    Charge,
    /// Lowers it: money came, or money that had come before was applied.
    Payment,
    /// Lowers it: somebody gave up a part.
    Adjustment,
    /// Raises it again: a payer took money back, or we returned it.
    Takeback,
    /// Carries it from one claim or payer to another.
    Move,
    /// Must never meet a receivable: interest and levies are between payer and practice.
    Outside,
}

use AccountKind::{
    BadDebt, Charges, ContractualAdjustments, DenialWriteOffs, Discounts, ForwardingBalances, InsuranceAr,
    InsuranceCash, InterestIncome, Levies, PatientAr, PatientCash, PatientCredits, PayerRecoupments,
    ReceivableTransfers, RefundsPayable, SmallBalanceWriteOffs, Suspense, UnappliedCash,
};

impl AccountKind {
    /// Every kind, in the order of the chart.
    pub const ALL: [AccountKind; 19] = [
        InsuranceCash,
        PatientCash,
        InsuranceAr,
        PatientAr,
        ReceivableTransfers,
        UnappliedCash,
        Suspense,
        PatientCredits,
        RefundsPayable,
        PayerRecoupments,
        ForwardingBalances,
        Charges,
        ContractualAdjustments,
        DenialWriteOffs,
        SmallBalanceWriteOffs,
        Discounts,
        BadDebt,
        InterestIncome,
        Levies,
    ];

    /// The account's number, as transfers store it: 1 assets, 2 liabilities, 4 revenue and what
    /// lowers it, 6 expenses. Never reused for another meaning.
    #[must_use]
    pub const fn number(self) -> i16 {
        self.declared().0
    }

    /// The kind's name in the database, in JSON and in hashes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.declared().1
    }

    /// The name that a new organization's chart begins with.
    #[must_use]
    pub const fn default_name(self) -> &'static str {
        self.declared().2
    }

    /// The side on which the account grows.
    #[must_use]
    pub const fn grows_on(self) -> Side {
        self.declared().3
    }

    /// What a movement between a receivable and this account means.
    #[must_use]
    pub const fn role(self) -> Role {
        self.declared().4
    }

    /// The chart, one line an account.
    const fn declared(self) -> (i16, &'static str, &'static str, Side, Role) {
        use Role::{Adjustment, Charge, Move, Outside, Payment, Receivable, Takeback};
        use Side::{Credit, Debit};
        match self {
            InsuranceCash => (1010, "insurance_cash", "Insurance cash", Debit, Payment),
            PatientCash => (1020, "patient_cash", "Patient cash", Debit, Payment),
            InsuranceAr => (1110, "insurance_ar", "Insurance receivables", Debit, Receivable),
            PatientAr => (1120, "patient_ar", "Patient receivables", Debit, Receivable),
            ReceivableTransfers => (1190, "receivable_transfers", "Receivable transfers", Debit, Move),
            UnappliedCash => (2010, "unapplied_cash", "Unapplied cash", Credit, Payment),
            Suspense => (2020, "suspense", "Suspense", Credit, Payment),
            PatientCredits => (2030, "patient_credits", "Patient credits", Credit, Payment),
            RefundsPayable => (2040, "refunds_payable", "Refunds payable", Credit, Takeback),
            PayerRecoupments => (2110, "payer_recoupments", "Payer recoupments", Credit, Takeback),
            ForwardingBalances => (2120, "forwarding_balances", "Forwarding balances", Credit, Takeback),
            Charges => (4010, "charges", "Gross charges", Credit, Charge),
            ContractualAdjustments => {
                (4110, "contractual_adjustments", "Contractual adjustments", Debit, Adjustment)
            }
            DenialWriteOffs => (4120, "denial_write_offs", "Denial write-offs", Debit, Adjustment),
            SmallBalanceWriteOffs => {
                (4130, "small_balance_write_offs", "Small-balance write-offs", Debit, Adjustment)
            }
            Discounts => (4140, "discounts", "Discounts", Debit, Adjustment),
            BadDebt => (4150, "bad_debt", "Bad debt", Debit, Adjustment),
            InterestIncome => (4210, "interest_income", "Interest from payers", Credit, Outside),
            Levies => (6010, "levies", "Payer levies and penalties", Debit, Outside),
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn from_number(number: i16) -> Option<AccountKind> {
        AccountKind::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<AccountKind> {
        AccountKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl Serialize for AccountKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One account of an organization's chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Account {
    /// What it holds.
    #[schema(value_type = String, example = "insurance_ar")]
    pub kind: AccountKind,
    /// Its number on transfers.
    pub number: i16,
    /// What the practice calls it.
    pub name: String,
    /// The account of the practice's general ledger that it is exported to, once mapped.
    pub general_ledger_account: Option<String>,
    /// Its number there, once mapped.
    pub general_ledger_number: Option<String>,
}

impl Account {
    /// What it is called in the practice's general ledger: as mapped, else as here.
    #[must_use]
    pub fn general_ledger_name(&self) -> &str {
        self.general_ledger_account.as_deref().unwrap_or(&self.name)
    }

    /// Its number there: as mapped, else as here.
    #[must_use]
    pub fn general_ledger_number(&self) -> String {
        self.general_ledger_number.clone().unwrap_or_else(|| self.number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_belong_to_one_kind_each() {
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::from_number(kind.number()), Some(kind));
            assert_eq!(AccountKind::from_name(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn the_chart_is_in_the_order_of_its_numbers() {
        assert!(AccountKind::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
    }
}
