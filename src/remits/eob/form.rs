//! The form of an EOB: what somebody types, as it stands, and the EOB that it states. Pure.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Eob, EobAdjustment, EobClaim, EobLine, EobMethod, EobProviderAdjustment};
use crate::types::{Carc, GroupCode, Money, Rarc};

/// Services that a claim's form has room for; X12 has no more of a professional claim.
const LINES_MAX: usize = 999;

/// What is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EobForm {
    /// The payer's id.
    pub payer: String,
    /// Check or EFT number.
    pub number: String,
    /// As a browser's date field writes it: `2026-04-01`.
    pub paid_on: String,
    /// What is paid.
    pub amount: String,
    /// BPR04.
    pub method: String,
    /// What is looked for, to be added.
    pub find: String,
    /// The claims.
    pub claims: Vec<ClaimForm>,
    /// PLB amounts, `WO REFERENCE 12.00`, one a line.
    pub others: String,
}

/// One claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimForm {
    /// Our control number, `0` for none.
    pub number: String,
    /// CLP02.
    pub status: String,
    /// CLP07.
    pub payer_number: String,
    /// What was charged, as our claim says; typed for one that is not ours.
    pub charged: String,
    /// What is paid for it when it has no lines.
    pub paid: String,
    /// On the claim as a whole: `CO-45 28.60, PR-3 25.00`.
    pub adjustments: String,
    /// `MA01 N781`.
    pub remarks: String,
    /// Its services.
    pub lines: Vec<LineForm>,
}

/// One service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineForm {
    /// REF*6R of our line.
    pub control_number: String,
    /// What we billed.
    pub procedure: String,
    /// With blanks between.
    pub modifiers: String,
    /// The day of service.
    pub service_on: String,
    /// What was charged.
    pub charged: String,
    /// What is allowed.
    pub allowed: String,
    /// What is paid.
    pub paid: String,
    /// `CO-45 28.60, PR-3 25.00`.
    pub adjustments: String,
    /// `N115`.
    pub remarks: String,
}

/// What cannot be read, and where: a field's name as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `claims.0.lines.1.adjustments`.
    pub field: String,
    /// What is wrong with it, without what was typed.
    pub what: String,
}

impl EobForm {
    /// From a form's fields in their order: `claim` begins a claim, `line` one of its services.
    #[must_use]
    pub fn read(fields: &[(String, String)]) -> EobForm {
        let mut form = EobForm::default();
        for (name, text) in fields {
            // What is pasted may bring a character that no table keeps.
            let text = text.replace('\0', "");
            let text = text.trim();
            match name.as_str() {
                "payer" => form.payer = text.to_owned(),
                "number" => form.number = text.to_owned(),
                "paid_on" => form.paid_on = text.to_owned(),
                "amount" => form.amount = text.to_owned(),
                "method" => form.method = text.to_owned(),
                "find" => form.find = text.to_owned(),
                "others" => form.others = text.to_owned(),
                "claim" => form.claims.push(ClaimForm { number: text.to_owned(), ..ClaimForm::default() }),
                _ => {
                    if let Some(claim) = form.claims.last_mut() {
                        claim.take(name, text);
                    }
                }
            }
        }
        form
    }

    /// A claim as it is answered before anything is typed.
    pub fn add(&mut self, claim: &EobClaim) {
        self.claims.push(ClaimForm::of(claim));
    }

    /// Whether nothing is typed that would be missed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let EobForm { payer: _, number, paid_on, amount, method: _, find, claims, others } = self;
        claims.is_empty() && [number, paid_on, amount, find, others].iter().all(|text| text.is_empty())
    }

    /// Says of a claim that the contract takes what is left: CO-45 for what its lines, or it itself when it
    /// has none, neither pay nor adjust. What cannot be read stays as it is.
    pub fn leave_to_contract(&mut self, claim: usize) {
        let Some(claim) = self.claims.get_mut(claim) else { return };
        if claim.lines.is_empty() {
            leave(&claim.charged, &claim.paid, &mut claim.adjustments);
        }
        for line in &mut claim.lines {
            leave(&line.charged, &line.paid, &mut line.adjustments);
        }
    }

    /// The EOB, as far as it can be read, and what cannot. An amount that cannot be read counts as none.
    #[must_use]
    pub fn stated(&self) -> (Option<Eob>, Vec<Fault>) {
        let mut faults = Faults::default();
        let payer = self.payer.parse().ok();
        let paid_on = self.paid_on.parse().ok();
        if payer.is_none() {
            faults.add("payer", "says who pays");
        }
        if paid_on.is_none() {
            faults.add("paid_on", "is the day of the payment");
        }
        if self.number.is_empty() {
            faults.add("number", "is the number of the check or EFT");
        }
        let amount = faults.amount("amount", &self.amount);
        let claims = self.claims.iter().enumerate();
        let claims = claims.map(|(at, claim)| claim.stated(&format!("claims.{at}."), &mut faults)).collect();
        let others = self.others.lines().filter(|line| !line.trim().is_empty());
        let provider_adjustments = others.filter_map(|line| other(line, &mut faults)).collect();
        let method = match self.method.as_str() {
            "ACH" => EobMethod::Ach,
            "FWT" => EobMethod::Wire,
            "NON" => EobMethod::NoPayment,
            _ => EobMethod::Check,
        };
        let eob = payer.zip(paid_on).map(|(payer, paid_on)| Eob {
            payer,
            number: self.number.clone(),
            paid_on,
            amount,
            method,
            claims,
            provider_adjustments,
        });
        (eob, faults.0)
    }
}

impl ClaimForm {
    /// A claim as it is typed. An amount of nothing is left to be typed.
    #[must_use]
    pub fn of(claim: &EobClaim) -> ClaimForm {
        let line = |line: &EobLine| LineForm {
            control_number: line.control_number.clone().unwrap_or_default(),
            procedure: line.procedure.clone(),
            modifiers: line.modifiers.join(" "),
            service_on: line.service_on.map(|day| day.to_string()).unwrap_or_default(),
            charged: line.charged.to_string(),
            allowed: line.allowed.map(|amount| amount.to_string()).unwrap_or_default(),
            paid: typed(line.paid),
            adjustments: as_typed(&line.adjustments),
            remarks: listed(&line.remarks),
        };
        ClaimForm {
            number: claim.number.clone(),
            status: claim.status.clone(),
            payer_number: claim.payer_claim_control_number.clone().unwrap_or_default(),
            charged: claim.charged.to_string(),
            paid: typed(claim.paid),
            adjustments: as_typed(&claim.adjustments),
            remarks: listed(&claim.remarks),
            lines: claim.lines.iter().map(line).collect(),
        }
    }

    fn take(&mut self, name: &str, text: &str) {
        let text = text.to_owned();
        match name {
            "line" if self.lines.len() < LINES_MAX => {
                self.lines.push(LineForm { control_number: text, ..LineForm::default() });
            }
            "status" => self.status = text,
            "payer_number" => self.payer_number = text,
            "claim_charged" => self.charged = text,
            "claim_paid" => self.paid = text,
            "claim_adjustments" => self.adjustments = text,
            "claim_remarks" => self.remarks = text,
            _ => {
                if let Some(line) = self.lines.last_mut() {
                    line.take(name, text);
                }
            }
        }
    }

    fn stated(&self, place: &str, faults: &mut Faults) -> EobClaim {
        let at = |field: &str| format!("{place}{field}");
        let lines: Vec<EobLine> = self
            .lines
            .iter()
            .enumerate()
            .map(|(nth, line)| line.stated(&at(&format!("lines.{nth}.")), faults))
            .collect();
        let of_lines: Money = lines.iter().map(|line| line.paid).sum();
        let adjustments = faults.adjustments(&at("adjustments"), &self.adjustments);
        // What is adjusted on the claim as a whole lowers what its lines paid.
        let of_claim: Money = adjustments.iter().map(|one| one.amount).sum();
        let paid =
            if lines.is_empty() { faults.amount(&at("paid"), &self.paid) } else { of_lines - of_claim };
        EobClaim {
            number: if self.number.is_empty() { "0".to_owned() } else { self.number.clone() },
            status: if self.status.is_empty() { "1".to_owned() } else { self.status.clone() },
            payer_claim_control_number: Some(self.payer_number.clone()).filter(|number| !number.is_empty()),
            charged: faults.amount(&at("charged"), &self.charged),
            paid,
            adjustments,
            remarks: faults.remarks(&at("remarks"), &self.remarks),
            lines,
            ..EobClaim::default()
        }
    }
}

impl LineForm {
    fn take(&mut self, name: &str, text: String) {
        match name {
            "procedure" => self.procedure = text,
            "modifiers" => self.modifiers = text,
            "service_on" => self.service_on = text,
            "charged" => self.charged = text,
            "allowed" => self.allowed = text,
            "paid" => self.paid = text,
            "adjustments" => self.adjustments = text,
            "remarks" => self.remarks = text,
            _ => {}
        }
    }

    fn stated(&self, place: &str, faults: &mut Faults) -> EobLine {
        let at = |field: &str| format!("{place}{field}");
        EobLine {
            control_number: Some(self.control_number.clone()).filter(|number| !number.is_empty()),
            procedure: self.procedure.clone(),
            modifiers: self.modifiers.split_whitespace().map(str::to_owned).collect(),
            service_on: self.service_on.parse().ok(),
            charged: faults.amount(&at("charged"), &self.charged),
            allowed: (!self.allowed.is_empty()).then(|| faults.amount(&at("allowed"), &self.allowed)),
            paid: faults.amount(&at("paid"), &self.paid),
            units: None,
            adjustments: faults.adjustments(&at("adjustments"), &self.adjustments),
            remarks: faults.remarks(&at("remarks"), &self.remarks),
        }
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: &str, what: &str) {
        self.0.push(Fault { field: field.to_owned(), what: what.to_owned() });
    }

    /// An empty amount is none.
    fn amount(&mut self, field: &str, text: &str) -> Money {
        amount(text).unwrap_or_else(|| {
            self.add(field, "is an amount in dollars and cents");
            Money::ZERO
        })
    }

    fn adjustments(&mut self, field: &str, text: &str) -> Vec<EobAdjustment> {
        adjustments(text).unwrap_or_else(|| {
            self.add(field, "is a list of groups, reasons and amounts, such as CO-45 28.60, PR-3 25.00");
            vec![]
        })
    }

    fn remarks(&mut self, field: &str, text: &str) -> Vec<Rarc> {
        let read: Option<Vec<Rarc>> = words(text).map(|word| Rarc::parse(word).ok()).collect();
        read.unwrap_or_else(|| {
            self.add(field, "is a list of remark codes, such as MA01 N115");
            vec![]
        })
    }
}

/// Between commas, semicolons and blanks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ';', '\t']).filter(|word| !word.is_empty())
}

/// `1,234.50` and `$80` are amounts, too; nothing is 0.
fn amount(text: &str) -> Option<Money> {
    if text.trim().is_empty() { Some(Money::ZERO) } else { Money::parse_written(text).ok() }
}

fn typed(amount: Money) -> String {
    if amount.is_zero() { String::new() } else { amount.to_string() }
}

/// `CO-45 28.60, PR-3 25.00`
fn as_typed(adjustments: &[EobAdjustment]) -> String {
    let one = |one: &EobAdjustment| format!("{}-{} {}", one.group.code(), one.reason, one.amount);
    adjustments.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `MA01 N781`
fn listed(remarks: &[Rarc]) -> String {
    remarks.iter().map(Rarc::as_str).collect::<Vec<_>>().join(" ")
}

/// `CO-45 28.60, PR3 25`: each reason with its amount behind it.
fn adjustments(text: &str) -> Option<Vec<EobAdjustment>> {
    let words: Vec<&str> = words(text).collect();
    words
        .chunks(2)
        .map(|pair| {
            let [code, of] = pair else { return None };
            let (group, reason) = code.split_at_checked(2)?;
            Some(EobAdjustment {
                group: GroupCode::from_str(&group.to_ascii_uppercase()).ok()?,
                reason: Carc::parse(reason.trim_start_matches('-')).ok()?,
                amount: Money::from_str(of).ok()?,
            })
        })
        .collect()
}

/// `WO REFERENCE 12.00`, or without a reference.
fn other(line: &str, faults: &mut Faults) -> Option<EobProviderAdjustment> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let read = match words[..] {
        [reason, of] => amount(of).map(|amount| (reason, None, amount)),
        [reason, reference, of] => amount(of).map(|amount| (reason, Some(reference.to_owned()), amount)),
        _ => None,
    };
    let is_reason = |reason: &str| reason.len() == 2 && reason.bytes().all(|b| b.is_ascii_alphanumeric());
    let Some((reason, reference, amount)) = read.filter(|(reason, ..)| is_reason(reason)) else {
        faults.add("others", "is a reason, the payer's reference and an amount a line: WO 12345 100.00");
        return None;
    };
    Some(EobProviderAdjustment { reason: reason.to_ascii_uppercase(), reference, amount })
}

/// Adds what is left of a charge as CO-45.
fn leave(charged: &str, paid: &str, said: &mut String) {
    let (Some(charged), Some(paid), Some(adjusted)) = (amount(charged), amount(paid), adjustments(said))
    else {
        return;
    };
    let left = charged - paid - adjusted.iter().map(|one| one.amount).sum::<Money>();
    if !left.is_zero() {
        let comma = if said.is_empty() { "" } else { ", " };
        *said = format!("{said}{comma}CO-45 {left}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        let pair = |line: &str| line.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        text.lines().map(pair).collect()
    }

    const FORM: &str = "payer=pay_01m8ff4kjhejkbstct3ktns6sa\nnumber=1001\npaid_on=2026-04-01\namount=$1,080\n\
        method=CHK\nclaim=A1\nstatus=1\nclaim_charged=224.00\nline=L1\nprocedure=99213\nmodifiers=25 59\n\
        service_on=2026-03-02\ncharged=150.00\npaid=80\nadjustments=co45 50.00; PR-1 20\nremarks=N115\nline=L2\n\
        procedure=36415\ncharged=74.00\npaid=\nadjustments=\nothers=WO A1 12.00";

    #[test]
    fn a_form_states_an_eob() {
        let (eob, faults) = EobForm::read(&fields(FORM)).stated();
        let eob = eob.unwrap();
        assert_eq!(faults, []);
        assert_eq!((eob.amount.to_string().as_str(), eob.claims.len()), ("1080.00", 1));
        let claim = &eob.claims[0];
        assert_eq!(claim.paid.to_string(), "80.00", "what its lines pay");
        assert_eq!(claim.lines[0].modifiers, ["25", "59"]);
        let said: Vec<String> = claim.lines[0]
            .adjustments
            .iter()
            .map(|a| format!("{}-{} {}", a.group.code(), a.reason, a.amount))
            .collect();
        assert_eq!(said, ["CO-45 50.00", "PR-1 20.00"]);
        let other = &eob.provider_adjustments[0];
        assert_eq!((other.reason.as_str(), other.reference.as_deref()), ("WO", Some("A1")));
    }

    #[test]
    fn what_a_form_states_is_typed_as_it_was() {
        let form = EobForm::read(&fields(FORM));
        let (eob, _) = form.stated();
        let mut again = EobForm { claims: vec![], ..form };
        assert!(!again.is_empty(), "a number and an amount are typed");
        again.add(&eob.unwrap().claims[0]);
        let claim = &again.claims[0];
        assert_eq!((claim.number.as_str(), claim.paid.as_str()), ("A1", "80.00"));
        let line = &claim.lines[0];
        assert_eq!((line.paid.as_str(), line.adjustments.as_str()), ("80.00", "CO-45 50.00, PR-1 20.00"));
        assert_eq!((line.modifiers.as_str(), line.remarks.as_str()), ("25 59", "N115"));
        assert_eq!((claim.lines[1].paid.as_str(), claim.lines[1].allowed.as_str()), ("", ""));
        assert!(EobForm::default().is_empty());
    }

    #[test]
    fn what_is_left_goes_to_the_contract_once() {
        let mut form = EobForm::read(&fields(FORM));
        form.leave_to_contract(0);
        // 150 - 80 - 50 - 20 leaves nothing; 74 is left of the second line.
        assert_eq!(form.claims[0].lines[0].adjustments, "co45 50.00; PR-1 20");
        assert_eq!(form.claims[0].lines[1].adjustments, "CO-45 74.00");
        let again = form.clone();
        form.leave_to_contract(0);
        assert_eq!(form, again);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_field_and_not_repeated() {
        let text = FORM.replace("paid=80\n", "paid=eighty\n").replace("PR-1 20", "PR-1").replace("N115", "?");
        let (_, faults) = EobForm::read(&fields(&text.replace("12.00", "many"))).stated();
        let named: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        let line = "claims.0.lines.0.";
        assert_eq!(
            named,
            [
                format!("{line}paid"),
                format!("{line}adjustments"),
                format!("{line}remarks"),
                "others".to_owned()
            ]
        );
        assert!(faults.iter().all(|fault| !fault.what.contains("eighty")));
    }
}
