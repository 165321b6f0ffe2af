//! What a person does about an exception.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::ledger::AccountKind;
use crate::remits::model::ClaimStatus;
use crate::types::{ClaimId, Place, Refusal, RemitClaimId, Result, Status};

/// The kinds of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Post the decision to this claim.
    Match,
    /// The money is not ours: it is owed back to the payer.
    ReturnToPayer,
    /// The reversal takes this decision back.
    TakeBack,
    /// Say what a PLB amount is for: it leaves suspense for that account.
    Assign,
    /// The over-payment is owed back to the payer.
    Refund,
    /// The over-payment is the patient's.
    CreditPatient,
    /// The coverage is on file now: ask its payer for the patient's share.
    AskNextPayer,
    /// Say what a CLP02 that the guide does not have is to be treated as.
    TreatAs,
    /// Read, and nothing is to be done.
    Read,
}

impl ActionKind {
    /// All of them.
    pub const ALL: [ActionKind; 9] = [
        ActionKind::Match,
        ActionKind::ReturnToPayer,
        ActionKind::TakeBack,
        ActionKind::Assign,
        ActionKind::Refund,
        ActionKind::CreditPatient,
        ActionKind::AskNextPayer,
        ActionKind::TreatAs,
        ActionKind::Read,
    ];

    /// The word in forms and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ActionKind::Match => "match",
            ActionKind::ReturnToPayer => "return_to_payer",
            ActionKind::TakeBack => "take_back",
            ActionKind::Assign => "assign",
            ActionKind::Refund => "refund",
            ActionKind::CreditPatient => "credit_patient",
            ActionKind::AskNextPayer => "ask_next_payer",
            ActionKind::TreatAs => "treat_as",
            ActionKind::Read => "read",
        }
    }

    /// In a person's words, as a button says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            ActionKind::Match => "Post to this claim",
            ActionKind::ReturnToPayer => "Owe it back to the payer",
            ActionKind::TakeBack => "Take this posting back",
            ActionKind::Assign => "Assign to the account",
            ActionKind::Refund => "Owe it back to the payer",
            ActionKind::CreditPatient => "Credit the patient",
            ActionKind::AskNextPayer => "Ask the next payer",
            ActionKind::TreatAs => "Post it as",
            ActionKind::Read => "Mark as read",
        }
    }
}

/// What a PLB amount may be for. None is a receivable: a PLB is no claim's.
pub const ASSIGNABLE: [AccountKind; 5] = [
    AccountKind::PayerRecoupments,
    AccountKind::ForwardingBalances,
    AccountKind::InterestIncome,
    AccountKind::Levies,
    AccountKind::RefundsPayable,
];

/// What a CLP02 that the guide does not have may be treated as: a decision or a reversal. Whatever moves
/// nothing is marked as read.
pub const TREATABLE: [ClaimStatus; 8] = [
    ClaimStatus::Primary,
    ClaimStatus::Secondary,
    ClaimStatus::Tertiary,
    ClaimStatus::Denied,
    ClaimStatus::PrimaryForwarded,
    ClaimStatus::SecondaryForwarded,
    ClaimStatus::TertiaryForwarded,
    ClaimStatus::Reversal,
];

/// What a person does about an exception, with all that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// [`ActionKind::Match`].
    Match {
        /// The claim that the payer answers.
        claim: ClaimId,
    },
    /// [`ActionKind::ReturnToPayer`].
    ReturnToPayer,
    /// [`ActionKind::TakeBack`].
    TakeBack {
        /// The decision that the reversal takes back.
        decision: RemitClaimId,
    },
    /// [`ActionKind::Assign`].
    Assign {
        /// One of [`ASSIGNABLE`].
        account: AccountKind,
    },
    /// [`ActionKind::Refund`].
    Refund,
    /// [`ActionKind::CreditPatient`].
    CreditPatient,
    /// [`ActionKind::AskNextPayer`].
    AskNextPayer,
    /// [`ActionKind::TreatAs`].
    TreatAs {
        /// One of [`TREATABLE`].
        status: ClaimStatus,
    },
    /// [`ActionKind::Read`].
    Read,
}

impl Action {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ActionKind {
        match self {
            Action::Match { .. } => ActionKind::Match,
            Action::ReturnToPayer => ActionKind::ReturnToPayer,
            Action::TakeBack { .. } => ActionKind::TakeBack,
            Action::Assign { .. } => ActionKind::Assign,
            Action::Refund => ActionKind::Refund,
            Action::CreditPatient => ActionKind::CreditPatient,
            Action::AskNextPayer => ActionKind::AskNextPayer,
            Action::TreatAs { .. } => ActionKind::TreatAs,
            Action::Read => ActionKind::Read,
        }
    }

    /// As a form and the API say it, and as it is kept.
    #[must_use]
    pub fn chosen(&self) -> Chosen {
        let mut chosen = Chosen {
            action: self.kind().as_str().into(),
            claim: None,
            decision: None,
            account: None,
            status: None,
        };
        match self {
            Action::Match { claim } => chosen.claim = Some(claim.to_string()),
            Action::TakeBack { decision } => chosen.decision = Some(decision.to_string()),
            Action::Assign { account } => chosen.account = Some(account.as_str().to_owned()),
            Action::TreatAs { status } => chosen.status = Some(status.code().to_owned()),
            Action::ReturnToPayer
            | Action::Refund
            | Action::CreditPatient
            | Action::AskNextPayer
            | Action::Read => {}
        }
        chosen
    }
}

/// An action as a form, a query or a JSON document says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Chosen {
    /// Which action.
    #[schema(value_type = ActionKind)]
    #[param(value_type = ActionKind)]
    pub action: String,
    /// `match`: the claim that the payer answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ClaimId>)]
    #[param(value_type = Option<ClaimId>)]
    pub claim: Option<String>,
    /// `take_back`: the decision that the reversal takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RemitClaimId>)]
    #[param(value_type = Option<RemitClaimId>)]
    pub decision: Option<String>,
    /// `assign`: the account, such as `payer_recoupments`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `treat_as`: the CLP02 that it is treated as, such as `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

impl Chosen {
    /// The action that it names.
    ///
    /// # Errors
    /// `remits/action` when it names none, or lacks what the action takes.
    pub fn read(&self) -> Result<Action> {
        let kind = ActionKind::ALL.into_iter().find(|kind| kind.as_str() == self.action);
        let kind = kind.ok_or_else(|| invalid("action", "is no action"))?;
        Ok(match kind {
            ActionKind::Match => Action::Match { claim: id("claim", self.claim.as_deref())? },
            ActionKind::TakeBack => Action::TakeBack { decision: id("decision", self.decision.as_deref())? },
            ActionKind::Assign => {
                let named = self.account.as_deref().and_then(AccountKind::from_name);
                let account = named.filter(|account| ASSIGNABLE.contains(account));
                Action::Assign {
                    account: account
                        .ok_or_else(|| invalid("account", "is no account that a PLB amount can be for"))?,
                }
            }
            ActionKind::TreatAs => {
                let named = self.status.as_deref().map(|code| ClaimStatus::from_code(code.trim()));
                let status = named.filter(|status| TREATABLE.contains(status));
                Action::TreatAs {
                    status: status
                        .ok_or_else(|| invalid("status", "is no CLP02 of a decision or a reversal"))?,
                }
            }
            ActionKind::ReturnToPayer => Action::ReturnToPayer,
            ActionKind::Refund => Action::Refund,
            ActionKind::CreditPatient => Action::CreditPatient,
            ActionKind::AskNextPayer => Action::AskNextPayer,
            ActionKind::Read => Action::Read,
        })
    }
}

fn id<T: std::str::FromStr>(field: &str, text: Option<&str>) -> Result<T> {
    let parsed = text.map(str::trim).and_then(|text| text.parse().ok());
    Ok(parsed.ok_or_else(|| invalid(field, "is no id of its kind"))?)
}

fn invalid(field: &str, what: &str) -> Refusal {
    Refusal::new(
        "remits/action",
        Status::Invalid,
        format!("{field} {what}"),
        "Choose one of the actions of the exception, with what it takes",
    )
    .at(Place { field: Some(format!("/{field}")), ..Place::default() })
}
