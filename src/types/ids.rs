//! Ids: one type for each thing, so a claim's id cannot stand where a payer's should.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Why a text is no id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: expected {prefix}_ and 26 characters")]
pub struct IdError {
    kind: &'static str,
    prefix: &'static str,
}

/// Crockford's base 32 in lower case, as the TypeID specification (0.3) writes it.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What [`VALUES`] has for a byte that is none of [`DIGITS`].
const NO_DIGIT: u8 = u8::MAX;

/// Each byte's place among [`DIGITS`]: a claim is read with several ids, and claims by the thousand.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0_u8;
    while (value as usize) < DIGITS.len() {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

fn encode(id: Uuid) -> String {
    let value = id.as_u128();
    (0..26u32)
        .rev()
        .map(|place| {
            let digit = (value >> (place * 5)) & 31;
            char::from(DIGITS[usize::try_from(digit).expect("five bits")])
        })
        .collect()
}

/// The text of an id whose kind is known only at run time: the audit trail's subject.
#[must_use]
pub fn typeid(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", encode(id))
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let mut value = 0u128;
    for byte in text.bytes() {
        let digit = VALUES[usize::from(byte)];
        if digit == NO_DIGIT {
            return None;
        }
        value = value << 5 | u128::from(digit);
    }
    Some(Uuid::from_u128(value))
}

/// What every id can say, for what deals with things of any kind: the audit trail.
pub trait Id: Copy + fmt::Display {
    /// What the id's text begins with: `clm`.
    fn prefix(self) -> &'static str;
    /// What the database stores.
    fn uuid(self) -> Uuid;
}

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident = $prefix:literal ),+ $(,)?) => { $(
        $(#[$doc])*
        ///
        #[doc = concat!("Shown as `", $prefix, "_` and 26 characters (TypeID); a UUID v7, so ids sort by time.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// What the id's text begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id.
            #[expect(clippy::new_without_default, reason = "a default that differs each time would surprise")]
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// From what the database stores.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// What the database stores.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl Id for $name {
            fn prefix(self) -> &'static str {
                $prefix
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(IdError { kind: stringify!($name), prefix: $prefix })
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                super::people::read_text(deserializer, stringify!($name), str::parse)
            }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .into()
            }
        }
        impl ToSchema for $name {}
        impl ToSql<diesel::sql_types::Uuid, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                <Uuid as ToSql<diesel::sql_types::Uuid, Pg>>::to_sql(&self.0, out)
            }
        }
        impl FromSql<diesel::sql_types::Uuid, Pg> for $name {
            fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
                <Uuid as FromSql<diesel::sql_types::Uuid, Pg>>::from_sql(bytes).map(Self)
            }
        }
    )+ };
}

ids! {
    /// A practice: the tenant.
    OrganizationId = "org",
    /// A person who signs in.
    UserId = "usr",
    /// A signed-in browser.
    SessionId = "ses",
    /// A key that a practice system presents.
    ApiKeyId = "key",
    /// An audit event.
    AuditEventId = "aud",
    /// A unit of background work.
    JobId = "job",
    /// An edition of a code list that was imported.
    CodeEditionId = "edn",
    /// A state of all code lists together; made of what it holds, so its ids do not sort by time.
    CodeBasisId = "cdb",
    /// Bytes that came in or went out.
    FileId = "fil",
    /// A person or group that renders or bills care.
    ProviderId = "prv",
    /// An insurer, as one practice deals with it.
    PayerId = "pay",
    /// A person who receives care.
    PatientId = "pat",
    /// One patient's insurance with one payer.
    CoverageId = "cov",
    /// A message that states charges.
    ChargeMessageId = "chm",
    /// A form that somebody is filling in.
    DraftId = "dft",
    /// One visit with its charges.
    EncounterId = "enc",
    /// One claim to one payer.
    ClaimId = "clm",
    /// One sending of a claim.
    SubmissionId = "sub",
    /// One 837 file with its submissions.
    BatchId = "bat",
    /// One 999, TA1 or 277CA received.
    AcknowledgementId = "ack",
    /// One 835 transaction set received.
    RemittanceId = "rem",
    /// One CLP of a remittance.
    RemitClaimId = "rcl",
    /// One amount of a PLB: money moved outside any claim.
    ProviderAdjustmentId = "plb",
    /// What a person did about an open item of provider adjustments.
    SettlementId = "set",
    /// Something in a remittance that waits for a person.
    RemitExceptionId = "rex",
    /// A ledger document.
    EntryId = "ent",
    /// The proofs of the books, run once.
    ProofRunId = "prf",
    /// A denied claim or line to be worked.
    DenialId = "den",
    /// A list of prices.
    FeeScheduleId = "fsc",
    /// An import of a list of prices.
    FeeEditionId = "fed",
    /// An agreement with a payer.
    ContractId = "ctr",
    /// What a payer allowed below its contract, to be worked.
    UnderpaymentId = "und",
    /// What a person did about a credit balance.
    CreditActionId = "cra",
    /// How a refund was paid.
    RefundPaymentId = "rfp",
    /// What a patient paid.
    ReceiptId = "rct",
    /// How much of a patient's payment was applied.
    ReceiptApplicationId = "rca",
    /// A version of a rule about small balances.
    SmallBalanceRuleId = "sbr",
    /// A small balance that was given up.
    SmallBalanceWriteOffId = "sbw",
    /// Where the practice is paid.
    BankAccountId = "bnk",
    /// Money that came in at the bank.
    DepositId = "dep",
    /// How much of a deposit pays a remittance.
    DepositMatchId = "dpm",
    /// A rule of the scrubber that the practice wrote.
    RuleId = "rul",
    /// A trial of rules on claims that were sent.
    RuleTrialId = "rtr",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typeid_specifications_own_example_is_read_and_written() {
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let text = format!("clm_{}", encode(uuid));
        assert_eq!(text, "clm_01h455vb4pex5vsknk084sn02q");
        assert_eq!(text.parse::<ClaimId>().unwrap().uuid(), uuid);
    }

    #[test]
    fn another_things_id_is_refused() {
        let payer = PayerId::new().to_string();
        assert_eq!(
            payer.parse::<ClaimId>().unwrap_err().to_string(),
            "not a ClaimId id: expected clm_ and 26 characters"
        );
        assert!("clm_81h455vb4pex5vsknk084sn02q".parse::<ClaimId>().is_err(), "more than 128 bits");
    }
}
