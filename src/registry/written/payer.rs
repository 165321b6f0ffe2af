//! A payer as written.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::registry::written::{Faults, Reading, Written, digits};
use crate::registry::{InterchangeParty, Payer, Receiver};
use crate::types::{PayerId, PayerIdentifier, ProcedureCode};

/// SBR09 of a professional claim (X222 2000B): what kind of insurer it is.
pub const FILING_INDICATORS: [(&str, &str); 23] = [
    ("11", "Other non-federal program"),
    ("12", "Preferred provider organization (PPO)"),
    ("13", "Point of service (POS)"),
    ("14", "Exclusive provider organization (EPO)"),
    ("15", "Indemnity insurance"),
    ("16", "Medicare Advantage HMO"),
    ("17", "Dental maintenance organization"),
    ("AM", "Automobile medical"),
    ("BL", "Blue Cross Blue Shield"),
    ("CH", "Champus, Tricare"),
    ("CI", "Commercial insurance"),
    ("DS", "Disability"),
    ("FI", "Federal employees program"),
    ("HM", "Health maintenance organization (HMO)"),
    ("LM", "Liability medical"),
    ("MA", "Medicare Part A"),
    ("MB", "Medicare Part B"),
    ("MC", "Medicaid"),
    ("OF", "Other federal program"),
    ("TV", "Title V"),
    ("VA", "Veterans Affairs plan"),
    ("WC", "Workers' compensation"),
    ("ZZ", "Mutually defined"),
];

/// Days to file and to appeal where nobody says: Medicare's own (42 CFR 424.44, a calendar year after the
/// service; 42 CFR 405.942, 120 days), and for others less than most contracts grant.
const MEDICARE_DAYS: [i32; 2] = [365, 120];
const OTHER_DAYS: [i32; 2] = [90, 60];

/// A payer as a form, a file or a program writes one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WrittenPayer {
    /// The number under which it is addressed (2010BB NM109): 2 to 15 letters and digits.
    #[schema(required = true)]
    pub identifier: String,
    /// At most 60 characters.
    #[schema(required = true)]
    pub name: String,
    /// What kind of insurer (SBR09): `CI`, `MB`, `MC`, `BL` …
    #[schema(required = true)]
    pub filing_indicator: String,
    /// The folder of its mailbox: lower case letters, digits, `-` and `_`; the number unless said.
    pub mailbox: String,
    /// Days from the first day of service to the payer's receipt: 365 for Medicare, 90 for others
    /// unless said.
    #[serde(with = "digits")]
    #[schema(value_type = i32)]
    pub timely_filing_days: String,
    /// Days from the remittance to the appeal: 120 for Medicare, 60 for others unless said.
    #[serde(with = "digits")]
    #[schema(value_type = i32)]
    pub appeal_days: String,
    /// CPT and HCPCS codes that it pays only with prior authorization, with a blank or comma between.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub authorization_procedures: String,
    /// Who takes its files (1000B NM103), itself or a clearinghouse; without the number: nobody yet.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub receiver_name: String,
    /// The receiver's number (1000B NM109).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub receiver_identifier: String,
    /// What kind of number the interchange id is (ISA07); `ZZ` unless said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub interchange_qualifier: String,
    /// ISA08; the receiver's number unless said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub interchange_id: String,
    /// GS03; the receiver's number unless said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub application_code: String,
}

impl Written for WrittenPayer {
    const FIELDS: &'static [&'static str] = &[
        "identifier",
        "name",
        "filing_indicator",
        "mailbox",
        "timely_filing_days",
        "appeal_days",
        "authorization_procedures",
        "receiver_name",
        "receiver_identifier",
        "interchange_qualifier",
        "interchange_id",
        "application_code",
    ];
}

impl WrittenPayer {
    /// Reads it, with a fresh id.
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn read(&self) -> Result<Payer, Faults> {
        let mut reading = Reading::default();
        let identifier: Option<PayerIdentifier> = reading.parsed_required("identifier", &self.identifier);
        let name = reading.required("name", &self.name, 60);
        let indicator = self.filing_indicator.trim().to_ascii_uppercase();
        if indicator.is_empty() {
            reading.wrong("filing_indicator", "is empty");
        } else if !FILING_INDICATORS.iter().any(|(known, _)| *known == indicator) {
            reading.wrong("filing_indicator", "is no code of SBR09");
        }
        let mailbox = match (self.mailbox.trim(), &identifier) {
            ("", Some(identifier)) => identifier.as_str().to_ascii_lowercase(),
            (said, _) => said.to_owned(),
        };
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        if mailbox.len() > 40 || !mailbox.bytes().all(fits) {
            reading
                .wrong("mailbox", "is not valid: expected lower case letters, digits, - and _, at most 40");
        } else if mailbox == "charges" {
            reading.wrong("mailbox", "is the folder of the practice's own charges");
        }
        let [filing, appeal] =
            if matches!(indicator.as_str(), "MA" | "MB") { MEDICARE_DAYS } else { OTHER_DAYS };
        let filing =
            reading.number("timely_filing_days", &self.timely_filing_days, 1..=3_650).unwrap_or(filing);
        let appeal = reading.number("appeal_days", &self.appeal_days, 1..=3_650).unwrap_or(appeal);
        let mut procedures = vec![];
        let codes = self.authorization_procedures.split([' ', ',', ';']).filter(|code| !code.is_empty());
        for code in codes {
            procedures.extend(reading.parsed::<ProcedureCode>("authorization_procedures", code));
        }
        let receiver = self.receiver(&mut reading, name.as_deref());
        let read = || {
            Some(Payer {
                id: PayerId::new(),
                identifier: identifier?,
                name: name?,
                filing_indicator: indicator,
                mailbox,
                timely_filing_days: filing,
                appeal_days: appeal,
                authorization_procedures: procedures,
                receiver,
            })
        };
        let read = read();
        reading.finish(read)
    }

    /// Who takes its files, where a number of theirs is said.
    fn receiver(&self, reading: &mut Reading, payer: Option<&str>) -> Option<Receiver> {
        let number = self.receiver_identifier.trim();
        let name = reading.text("receiver_name", &self.receiver_name, 60);
        if number.is_empty() {
            let rest = [
                &self.receiver_name,
                &self.interchange_qualifier,
                &self.interchange_id,
                &self.application_code,
            ];
            if rest.into_iter().any(|text| !text.trim().is_empty()) {
                reading.wrong("receiver_identifier", "is empty, and something else of the receiver is said");
            }
            return None;
        }
        let or =
            |text: &str, other: &str| if text.trim().is_empty() { other.to_owned() } else { text.to_owned() };
        let identifier = reading.parsed("receiver_identifier", number);
        let qualifier = reading.parsed("interchange_qualifier", &or(&self.interchange_qualifier, "ZZ"));
        let id = reading.parsed("interchange_id", &or(&self.interchange_id, number));
        let application = reading.parsed("application_code", &or(&self.application_code, number));
        Some(Receiver {
            name: name.or_else(|| payer.map(str::to_owned))?,
            identifier: identifier?,
            interchange: InterchangeParty { qualifier: qualifier?, id: id?, application: application? },
        })
    }
}

impl From<&Payer> for WrittenPayer {
    fn from(payer: &Payer) -> WrittenPayer {
        let receiver = payer.receiver.as_ref();
        let of_receiver = |what: fn(&Receiver) -> &str| receiver.map(what).unwrap_or_default().to_owned();
        let codes: Vec<&str> = payer.authorization_procedures.iter().map(ProcedureCode::as_str).collect();
        WrittenPayer {
            identifier: payer.identifier.as_str().to_owned(),
            name: payer.name.clone(),
            filing_indicator: payer.filing_indicator.clone(),
            mailbox: payer.mailbox.clone(),
            timely_filing_days: payer.timely_filing_days.to_string(),
            appeal_days: payer.appeal_days.to_string(),
            authorization_procedures: codes.join(" "),
            receiver_name: of_receiver(|receiver| &receiver.name),
            receiver_identifier: of_receiver(|receiver| receiver.identifier.as_str()),
            interchange_qualifier: of_receiver(|receiver| receiver.interchange.qualifier.as_str()),
            interchange_id: of_receiver(|receiver| receiver.interchange.id.as_str()),
            application_code: of_receiver(|receiver| receiver.interchange.application.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[(&str, &str)]) -> Result<Payer, Vec<String>> {
        let faults = |Faults(faults): Faults| {
            faults.iter().map(|one| format!("{} {}", one.field, one.reason)).collect()
        };
        WrittenPayer::from_texts(texts.iter().copied()).read().map_err(faults)
    }

    #[test]
    fn what_is_left_out_of_a_payer_is_cautious() {
        let said = [("identifier", "aetna1"), ("name", "First Health"), ("filing_indicator", "ci")];
        let payer = read(&said).unwrap();
        assert_eq!((payer.identifier.as_str(), payer.mailbox.as_str()), ("AETNA1", "aetna1"));
        assert_eq!((payer.timely_filing_days, payer.appeal_days, payer.receiver), (90, 60, None));
        let medicare =
            read(&[("identifier", "MCR1"), ("name", "Medicare"), ("filing_indicator", "MB")]).unwrap();
        assert_eq!((medicare.timely_filing_days, medicare.appeal_days), (365, 120));
        let through =
            read(&[&said[..], &[("receiver_identifier", "CH1")]].concat()).unwrap().receiver.unwrap();
        assert_eq!((through.name.as_str(), through.interchange.qualifier.as_str()), ("First Health", "ZZ"));
    }

    #[test]
    fn every_fault_is_named_at_its_field() {
        let said = [
            ("identifier", "A"),
            ("filing_indicator", "XX"),
            ("mailbox", "In Box"),
            ("appeal_days", "soon"),
            ("authorization_procedures", "70551, MRI"),
            ("interchange_id", "CH1"),
        ];
        assert_eq!(
            read(&said).unwrap_err(),
            [
                "identifier is not valid: expected 2 to 15 letters and digits",
                "name is empty",
                "filing_indicator is no code of SBR09",
                "mailbox is not valid: expected lower case letters, digits, - and _, at most 40",
                "appeal_days is no number from 1 to 3650",
                "authorization_procedures is not valid: expected a CPT or HCPCS code: five letters and digits",
                "receiver_identifier is empty, and something else of the receiver is said",
            ]
        );
    }
}
