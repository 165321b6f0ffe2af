//! Roles, and the one table of what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// As what a person or key works for a practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enters charges, releases claims, works denials.
    Biller,
    /// Posts remittances.
    Poster,
    /// Looks at everything, changes nothing.
    Reviewer,
    /// Does what billers and posters do.
    Manager,
    /// Does everything.
    Admin,
}

/// One thing that a route does. Each route names the one it needs, in `routes.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the practice's totals, and read the code tables.
    ViewDashboard,
    /// See claims, their events and files.
    ViewClaims,
    /// See remittances and their files.
    ViewRemittances,
    /// See denials.
    ViewDenials,
    /// See balances, entries and proofs.
    ViewLedger,
    /// Import charges.
    ImportCharges,
    /// Add patients and their coverages, bring them up to date.
    KeepPatients,
    /// Add providers and payers, bring them up to date; import lists of patients, too.
    ManageRegistry,
    /// Scrub, correct and release claims.
    WorkClaims,
    /// Receive and post remittances, settle their exceptions, decide about credit balances.
    PostRemittances,
    /// Post a held remittance all the same, unpost one, say what is posted without a person's look; pay
    /// refunds, undo decisions about credit balances.
    ManagePosting,
    /// Assign, note, appeal and close denials; close underpayments.
    WorkDenials,
    /// Close, open and lock periods, map accounts to the general ledger, export the journal.
    CloseBooks,
    /// Import and undo fee schedules; make, adopt and end contracts.
    ManageContracts,
    /// Write, publish and retire the practice's rules, grade any rule, keep lists of codes.
    ManageRules,
    /// Import code lists and undo imports, which all practices of this installation share.
    ManageCodes,
    /// See mail and jobs, send and receive now, try what failed again, choose the schedule.
    ManageMail,
    /// Name roles, make and revoke keys.
    ManageAccess,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 5] = [Role::Biller, Role::Poster, Role::Reviewer, Role::Manager, Role::Admin];

    /// As stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Biller => "biller",
            Role::Poster => "poster",
            Role::Reviewer => "reviewer",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }

    /// Whether the role may do it: the table of roles and permissions.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission as P;
        use Role as R;
        match permission {
            P::ViewDashboard | P::ViewClaims | P::ViewRemittances | P::ViewDenials => true,
            P::ViewLedger => matches!(self, R::Poster | R::Reviewer | R::Manager | R::Admin),
            P::ImportCharges | P::KeepPatients | P::WorkClaims | P::WorkDenials => {
                matches!(self, R::Biller | R::Manager | R::Admin)
            }
            P::PostRemittances => matches!(self, R::Poster | R::Manager | R::Admin),
            P::ManageMail
            | P::ManageRules
            | P::ManageContracts
            | P::ManageRegistry
            | P::CloseBooks
            | P::ManagePosting => {
                matches!(self, R::Manager | R::Admin)
            }
            P::ManageAccess | P::ManageCodes => matches!(self, R::Admin),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no role {0}: expected biller, poster, reviewer, manager or admin")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Role, UnknownRole> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
