//! HL7 v2 detail financial transactions, DFT^P03 and DFT^P11 (HL7 2.3 to 2.9, chapter 6), as visits;
//! and the answers to them (ACK, chapter 2).
//!
//! | ours | theirs |
//! | --- | --- |
//! | message id | MSH-10, of the sender MSH-3 at MSH-4 |
//! | patient | PID-18, else the repetition of PID-3 of type `AN`, `PI` or `MR` (PID-3.5), else its first |
//! | visit number | PV1-19, else PV1-50 |
//! | billing provider | MSH-4.2 where MSH-4.3 is `NPI`; else the only one of the practice that bills |
//! | rendering provider | FT1-20, else PV1-7: the repetition that is an NPI |
//! | referring provider | PV1-8: the same |
//! | place of service | two digits in FT1-16.1 or PV1-3.1; else by PV1-2: `I` 21, `E` 23 |
//! | diagnoses | DG1-3 by DG1-15, then by place; then FT1-19 that DG1 does not name |
//! | admission, discharge | PV1-44, PV1-45 where PV1-2 is `I` |
//! | service day | FT1-4, a range of days included |
//! | procedure, modifiers | FT1-25 and FT1-26; else PR1-3 and PR1-16 behind it; else FT1-7.1 |
//! | units | FT1-10; one when it is empty |
//! | charge | FT1-11; else FT1-12 for each unit |
//! | pointers | FT1-19, in P11 DG1 behind the FT1; else every diagnosis, four at most |
//!
//! A message is one patient's visit: a second PID or PV1 is a problem. So is a second PR1 for one FT1,
//! which has one price, unless FT1-25 says which procedure it is for.
//!
//! A message without FT1 announces its visit, of PV1-44, else EVN-6, EVN-2 or MSH-7: without charges it
//! is listed as missed. A credit (FT1-6 `CD`) or payment is refused: what was charged is corrected on its claim. IN1 is not
//! registered from here: a patient of whom it says that somebody insures them, and of whom no coverage
//! is registered for the day, is a problem, and not a patient who pays alone.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::charges::hl7::{self, Repetition, Segment, Separators};
use crate::charges::messages::{Envelope, Message, MessageSource, MessageState, Usual};
use crate::charges::visit::{
    Charges, Column, DIAGNOSES, DateFormat, Names, Problem, Reading, Stated, VISIT_DATE,
};
use crate::types::{Error, Npi, Refusal, Status};

/// The messages of a file.
#[must_use]
pub fn split(bytes: &[u8]) -> Vec<&[u8]> {
    hl7::split(bytes)
}

/// What a message says of itself; as much as can be read of one that is none.
#[must_use]
pub fn envelope(bytes: &[u8]) -> Envelope {
    let mut envelope = Envelope {
        source: MessageSource::Hl7,
        kind: "unreadable".to_owned(),
        sender: String::new(),
        message_id: String::new(),
        not_whole: None,
    };
    let head = hl7::head(bytes);
    let Ok(message) = hl7::parse(&head) else { return envelope };
    let msh = &message.segments[0];
    envelope.kind = format!("{}^{}", msh.value(9, 1), msh.value(9, 2));
    envelope.sender = [msh.value(3, 1), msh.value(4, 1)].join(" ").trim().to_owned();
    envelope.message_id = msh.value(10, 1);
    envelope
}

/// Reads a message.
///
/// # Errors
/// `charges/hl7`, `charges/hl7-kind`, `charges/hl7-version`, `charges/hl7-id`, `charges/hl7-several`: no message that is read here (AR).
pub(super) fn read(bytes: &[u8], usual: &Usual) -> Result<Charges, Error> {
    let refuse = |code, why: &str, next: &str| -> Error {
        Refusal::new(code, Status::Unreadable, format!("the message cannot be read: {why}"), next).into()
    };
    let unreadable = |fault: hl7::Fault| refuse("charges/hl7", &fault.to_string(), "Send an HL7 v2 message");
    let text = hl7::text(bytes).map_err(unreadable)?;
    let message = hl7::parse(&text).map_err(unreadable)?;
    let msh = &message.segments[0];
    let event = match (msh.value(9, 1).as_str(), msh.value(9, 2).as_str()) {
        ("DFT", "P03") => Event::P03,
        ("DFT", "P11") => Event::P11,
        _ => {
            return Err(refuse(
                "charges/hl7-kind",
                "MSH-9 is not DFT^P03 or DFT^P11",
                "Send charges as DFT^P03",
            ));
        }
    };
    // Without a version a message is read by the same places, which 2.3 gave them.
    let version = msh.value(12, 1);
    let minor = version.strip_prefix("2.").and_then(|rest| rest.split('.').next()?.parse::<u8>().ok());
    if !version.is_empty() && !minor.is_some_and(|minor| (3..=9).contains(&minor)) {
        let next = "Send HL7 2.3 to 2.9, and say so in MSH-12";
        return Err(refuse("charges/hl7-version", "MSH-12 is no version from 2.3 to 2.9", next));
    }
    if message.segments.iter().skip(1).any(|segment| segment.id == "MSH") {
        let next = "Send each message in a block of its own";
        return Err(refuse("charges/hl7-several", "it has a second MSH", next));
    }
    if msh.value(10, 1).is_empty() {
        return Err(refuse("charges/hl7-id", "MSH-10 is empty", "Give each message an id of its own"));
    }
    Ok(Dft::of(&message, event).charges(usual))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    P03,
    P11,
}

/// A charge with what stands behind it.
struct Charge<'m> {
    ft1: &'m Segment<'m>,
    pr1: Vec<&'m Segment<'m>>,
    dg1: Vec<&'m Segment<'m>>,
}

/// A message by its parts.
struct Dft<'m> {
    msh: &'m Segment<'m>,
    pid: Option<&'m Segment<'m>>,
    pv1: Option<&'m Segment<'m>>,
    evn: Option<&'m Segment<'m>>,
    in1: Option<&'m Segment<'m>>,
    second_pid: Option<&'m Segment<'m>>,
    second_pv1: Option<&'m Segment<'m>>,
    charges: Vec<Charge<'m>>,
    dg1: Vec<&'m Segment<'m>>,
}

impl<'m> Dft<'m> {
    fn of(message: &'m hl7::Message<'m>, event: Event) -> Dft<'m> {
        let second = |id: &str| message.segments.iter().filter(|segment| segment.id == id).nth(1);
        let mut dft = Dft {
            msh: &message.segments[0],
            pid: message.segment("PID"),
            pv1: message.segment("PV1"),
            evn: message.segment("EVN"),
            in1: message.segment("IN1"),
            second_pid: second("PID"),
            second_pv1: second("PV1"),
            charges: vec![],
            dg1: vec![],
        };
        for segment in &message.segments {
            match (segment.id, dft.charges.last_mut()) {
                ("FT1", _) => dft.charges.push(Charge { ft1: segment, pr1: vec![], dg1: vec![] }),
                ("PR1", Some(charge)) => charge.pr1.push(segment),
                // In P11 they belong to the charge (6.4.8), in P03 to the visit (6.4.3).
                ("DG1", Some(charge)) if event == Event::P11 => charge.dg1.push(segment),
                ("DG1", _) => dft.dg1.push(segment),
                _ => {}
            }
        }
        dft
    }

    fn charges(&self, usual: &Usual) -> Charges {
        let mut reading = Reading::of(DateFormat::Usual);
        let diagnoses = self.diagnoses();
        if self.charges.is_empty() {
            let row = self.pv1.or(self.pid).map_or(1, |segment| segment.number);
            let mut stated = Stated::new(row, names());
            stated.without_line = true;
            let (at, place, on) = self.day_of_visit();
            stated.set_at(VISIT_DATE, at, place, on);
            self.state_visit(&mut stated, &diagnoses, usual);
            reading.add(&stated);
        }
        for charge in &self.charges {
            let mut stated = Stated::new(charge.ft1.number, names());
            self.state_visit(&mut stated, &diagnoses, usual);
            self.state_line(&mut stated, charge, &diagnoses);
            reading.add(&stated);
        }
        reading.finish(vec![])
    }

    /// The day of a visit without charges: PV1-44, else EVN-6, else EVN-2, else MSH-7.
    fn day_of_visit(&self) -> (i32, &'static str, String) {
        let stamped = [
            (self.pv1, 44, "PV1-44"),
            (self.evn, 6, "EVN-6"),
            (self.evn, 2, "EVN-2"),
            (Some(self.msh), 7, "MSH-7"),
        ];
        let mut found = stamped.into_iter().filter_map(|(segment, field, place)| {
            let stamp = segment?.value(field, 1);
            (!stamp.is_empty()).then(|| (segment.map_or(1, |segment| segment.number), place, day(&stamp)))
        });
        found.next().unwrap_or((1, "PV1-44", String::new()))
    }

    /// Each diagnosis with the segment and field where it first stands.
    fn diagnoses(&self) -> Vec<(String, i32, &'static str)> {
        let of_charges = self.charges.iter().flat_map(|charge| charge.dg1.iter().copied());
        let mut segments: Vec<&Segment<'_>> = self.dg1.iter().copied().chain(of_charges).collect();
        // DG1-15: 1 is the first of them; who has none comes behind.
        segments
            .sort_by_key(|dg1| dg1.value(15, 1).parse::<u32>().ok().filter(|p| *p > 0).unwrap_or(u32::MAX));
        let mut found: Vec<(String, i32, &'static str)> = vec![];
        let mut add = |code: String, row: i32, place: &'static str| {
            // One more than a claim has is enough to say so.
            if found.len() <= DIAGNOSES.len()
                && !code.is_empty()
                && found.iter().all(|(known, ..)| !same_code(known, &code))
            {
                found.push((code, row, place));
            }
        };
        for dg1 in segments {
            add(dg1.value(3, 1), dg1.number, "DG1-3");
        }
        for charge in &self.charges {
            for one in charge.ft1.repetitions(19) {
                add(one.component(1), charge.ft1.number, "FT1-19");
            }
        }
        found
    }

    fn state_visit(&self, stated: &mut Stated, diagnoses: &[(String, i32, &'static str)], usual: &Usual) {
        let row = stated.row;
        match self.pid {
            None => stated.set_fault("patient_account", row, "PID", "is missing"),
            Some(pid) => {
                let (place, account) = account(pid);
                stated.set_at("patient_account", pid.number, place, account);
            }
        }
        // Whose the charges behind it are cannot be told from here on.
        for (second, column) in [(self.second_pid, "patient_account"), (self.second_pv1, "visit_number")] {
            if let Some(second) = second {
                stated.set_fault(column, second.number, second.id, "stands twice: a message is one visit's");
            }
        }
        if let Some(pv1) = self.pv1 {
            let number =
                [19, 50].into_iter().map(|field| (field, pv1.value(field, 1))).find(|(_, n)| !n.is_empty());
            let (field, number) = number.unwrap_or((19, String::new()));
            stated.set_at("visit_number", pv1.number, format!("PV1-{field}"), number);
            if let Some(npi) = npi_in(pv1.repetitions(8)) {
                stated.set_at("referring_npi", pv1.number, "PV1-8", npi);
            }
            if pv1.value(2, 1) == "I" {
                for (field, column) in [(44, "admission_date"), (45, "discharge_date")] {
                    let day = day(&pv1.value(field, 1));
                    stated.set_at(column, pv1.number, format!("PV1-{field}"), day);
                }
            }
        }
        if self.msh.value(4, 3).eq_ignore_ascii_case("NPI") {
            stated.set_at("billing_npi", 1, "MSH-4.2", self.msh.value(4, 2));
        } else if let Some(npi) = &usual.billing_npi {
            stated.set_at("billing_npi", 1, "MSH-4", npi.as_str());
        }
        for (column, (code, row, place)) in DIAGNOSES.iter().zip(diagnoses) {
            stated.set_at(column, *row, *place, code.as_str());
        }
        if let Some((_, row, place)) = diagnoses.get(DIAGNOSES.len()) {
            stated.set_fault(DIAGNOSES[DIAGNOSES.len() - 1], *row, *place, "is a thirteenth diagnosis");
        }
        if let Some(in1) = self.in1 {
            stated.insured = Some(Problem::new(in1.number, "IN1-3", ""));
        }
    }

    fn state_line(
        &self,
        stated: &mut Stated,
        charge: &Charge<'_>,
        diagnoses: &[(String, i32, &'static str)],
    ) {
        let (ft1, row) = (charge.ft1, charge.ft1.number);
        let (place, pos) = self.place_of_service(ft1);
        stated.set_at("place_of_service", pos, place.0, place.1);
        let rendering = npi_in(ft1.repetitions(20)).map(|npi| (row, "FT1-20", npi));
        let of_visit = || self.pv1.and_then(|pv1| Some((pv1.number, "PV1-7", npi_in(pv1.repetitions(7))?)));
        if let Some((row, place, npi)) = rendering.or_else(of_visit) {
            stated.set_at("rendering_npi", row, place, npi);
        }
        // DR: from, and where it is a range, until (2.A.20); 2.3 has one moment.
        stated.set_at("service_date", row, "FT1-4", day(&ft1.value(4, 1)));
        stated.set_at("thru_date", row, "FT1-4.2", day(&ft1.value(4, 2)));
        if !matches!(ft1.value(6, 1).as_str(), "" | "CG") {
            stated.set_fault(
                "charge",
                row,
                "FT1-6",
                "is not CG: only charges are read, and corrected on their claims",
            );
        } else {
            state_charge(stated, ft1);
        }
        let units = ft1.value(10, 1);
        stated.set_at("units", row, "FT1-10", if units.is_empty() { "1".to_owned() } else { units });
        let (at, place, code, modifiers) = procedure(charge);
        let is_other =
            |pr1: &&&Segment<'_>| !matches!(pr1.value(3, 1), other if other.is_empty() || other == code);
        match charge.pr1.iter().find(is_other).filter(|_| place == "PR1-3") {
            Some(pr1) => {
                stated.set_fault("procedure", pr1.number, place, "is a second procedure of one charge");
            }
            None => stated.set_at("procedure", at, place, code),
        }
        stated.set_at(
            "modifiers",
            at,
            if place == "PR1-3" { "PR1-16" } else { "FT1-26" },
            modifiers.join(" "),
        );
        let own: Vec<String> = ft1
            .repetitions(19)
            .map(|one| one.component(1))
            .chain(charge.dg1.iter().map(|dg1| dg1.value(3, 1)))
            .filter(|code| !code.is_empty())
            .collect();
        let place_of = |code: &String| diagnoses.iter().position(|(known, ..)| same_code(known, code));
        let mut pointers: Vec<usize> = own.iter().filter_map(place_of).collect();
        if own.is_empty() {
            // SV107 has four places (X222 2400 SV1).
            pointers = (0..diagnoses.len().min(4)).collect();
        }
        let mut written: Vec<String> = vec![];
        for pointer in pointers {
            let pointer = (pointer + 1).to_string();
            if !written.contains(&pointer) {
                written.push(pointer);
            }
        }
        stated.set_at("pointers", row, "FT1-19", written.join(" "));
    }

    fn place_of_service(&self, ft1: &Segment<'_>) -> ((&'static str, String), i32) {
        let two_digits = |text: &String| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let of_line = Some(ft1.value(16, 1)).filter(two_digits);
        if let Some(code) = of_line {
            return (("FT1-16", code), ft1.number);
        }
        let Some(pv1) = self.pv1 else { return (("PV1-3", String::new()), ft1.number) };
        if let Some(code) = Some(pv1.value(3, 1)).filter(two_digits) {
            return (("PV1-3", code), pv1.number);
        }
        // Table 0004; an outpatient may be in an office or a hospital.
        let code = match pv1.value(2, 1).as_str() {
            "I" => "21",
            "E" => "23",
            _ => "",
        };
        (("PV1-3", code.to_owned()), pv1.number)
    }
}

/// FT1-11 is the whole; FT1-12 is for one unit (6.5.1).
fn state_charge(stated: &mut Stated, ft1: &Segment<'_>) {
    let whole = ft1.value(11, 1);
    if !whole.is_empty() {
        return stated.set_at("charge", ft1.number, "FT1-11", whole);
    }
    let one = ft1.value(12, 1);
    let units = Some(ft1.value(10, 1)).filter(|units| !units.is_empty()).unwrap_or_else(|| "1".to_owned());
    let product = match (one.parse::<Decimal>(), units.parse::<Decimal>()) {
        (Ok(one), Ok(units)) => one.checked_mul(units).map(|product| product.normalize().to_string()),
        _ => None,
    };
    let place = if one.is_empty() { "FT1-11" } else { "FT1-12" };
    stated.set_at("charge", ft1.number, place, product.unwrap_or(one));
}

/// The procedure of a charge: segment, field, code, modifiers.
fn procedure(charge: &Charge<'_>) -> (i32, &'static str, String, Vec<String>) {
    let modifiers = |segment: &Segment<'_>, field: usize| -> Vec<String> {
        segment.repetitions(field).map(|one| one.component(1)).filter(|code| !code.is_empty()).collect()
    };
    let ft1 = charge.ft1;
    let code = ft1.value(25, 1);
    if !code.is_empty() {
        return (ft1.number, "FT1-25", code, modifiers(ft1, 26));
    }
    if let Some(pr1) = charge.pr1.iter().find(|pr1| !pr1.value(3, 1).is_empty()) {
        return (pr1.number, "PR1-3", pr1.value(3, 1), modifiers(pr1, 16));
    }
    (ft1.number, "FT1-7", ft1.value(7, 1), modifiers(ft1, 26))
}

/// The patient's account number, and where it stands.
fn account(pid: &Segment<'_>) -> (&'static str, String) {
    let own = pid.value(18, 1);
    if !own.is_empty() {
        return ("PID-18", own);
    }
    let of_type = |kind: &str| pid.repetitions(3).find(|one| one.component(5) == kind);
    let found = ["AN", "PI", "MR"].into_iter().find_map(of_type).or_else(|| pid.repetitions(3).next());
    ("PID-3", found.map(|one| one.component(1)).unwrap_or_default())
}

/// The first NPI among repetitions of XCN (2.A.88): its type says so (13), or its authority (9), or
/// it is one by its check digit.
fn npi_in<'a>(repetitions: impl Iterator<Item = Repetition<'a>>) -> Option<String> {
    let mut first = None;
    for one in repetitions {
        let number = one.component(1);
        let is_said = one.component(13) == "NPI" || one.component(9) == "NPI";
        if is_said || number.parse::<Npi>().is_ok() {
            return Some(number);
        }
        first = first
            .or(Some(number)
                .filter(|number| number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit())));
    }
    first
}

/// A day of a time stamp, `20260302` or `202603021530-0600`, in a form that every source's days have.
fn day(stamp: &str) -> String {
    let digits = stamp.bytes().take_while(u8::is_ascii_digit).count();
    match (digits >= 8).then(|| (&stamp[..4], &stamp[4..6], &stamp[6..8])) {
        Some((year, month, day)) => format!("{year}-{month}-{day}"),
        None => stamp.to_owned(),
    }
}

/// Codes are the same with and without the point.
fn same_code(one: &str, other: &str) -> bool {
    let plain = |code: &str| code.replace('.', "").to_ascii_uppercase();
    plain(one) == plain(other)
}

fn names() -> Names {
    Names {
        of: |column: Column| {
            match column {
                "visit_number" => "PV1-19",
                "patient_account" => "PID-18",
                "billing_npi" => "MSH-4",
                "rendering_npi" => "FT1-20",
                "referring_npi" => "PV1-8",
                "place_of_service" => "PV1-3",
                "service_date" => "FT1-4",
                "procedure" => "FT1-25",
                "modifiers" => "FT1-26",
                "units" => "FT1-10",
                "charge" => "FT1-11",
                "pointers" => "FT1-19",
                _ => "DG1-3",
            }
            .into()
        },
        ..Names::default()
    }
}

/// Longest text of MSA-3 and ERR-8 that is written, in characters (2.15.8, 2.15.5).
const TEXT_MAX: usize = 80;

/// The most ERR segments that are written; MSA-3 says how many problems there are.
const ERRORS_MAX: usize = 100;

/// Answers a message (2.14.1): AA accepted, AE rejected for what it says, AR no message that is read
/// here. `outcome` is none when a fault of ours left it undecided. The same outcome gives the same bytes.
#[must_use]
pub fn acknowledge(bytes: &[u8], outcome: Option<&Message>, now: DateTime<Utc>) -> Vec<u8> {
    let head = hl7::head(bytes);
    let message = hl7::parse(&head).ok();
    let separators = message.as_ref().map_or_else(Separators::default, |message| message.separators);
    let said =
        |field: usize| message.as_ref().map(|message| message.segments[0].raw(field)).unwrap_or_default();
    let Separators { field, component, repetition, escape, subcomponent } = separators;
    let ours = |text: &str| hl7::escaped(&text.chars().take(TEXT_MAX).collect::<String>(), separators);
    let problems: &[Problem] = outcome.map_or(&[], |outcome| &outcome.problems);
    let (code, why) = match outcome {
        None => ("AE", "a fault of the receiver: send the message again".to_owned()),
        Some(outcome) => match (outcome.state, &outcome.explanation) {
            (MessageState::Accepted, _) => ("AA", String::new()),
            // Without a problem in a field, it is the message as such that is refused.
            (_, Some(why)) if problems.is_empty() => ("AR", why.clone()),
            (_, why) => ("AE", why.clone().unwrap_or_default()),
        },
    };
    let at = outcome.and_then(|outcome| outcome.decided_at).unwrap_or(now).format("%Y%m%d%H%M%S%z");
    let id = outcome.map(|outcome| format!("{}-{}", outcome.id, outcome.attempts)).unwrap_or_default();
    let event = message.as_ref().map(|message| message.segments[0].value(9, 2)).unwrap_or_default();
    let kind =
        if event.is_empty() { "ACK".to_owned() } else { ["ACK", &event, "ACK"].join(&component.to_string()) };
    let or =
        |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    let control = |kind: &str, fields: &[&str]| {
        let mut segment = kind.to_owned();
        for text in fields {
            segment.push(field);
            segment.push_str(text);
        }
        segment.push('\r');
        segment
    };
    let encoding: String = [component, repetition, escape, subcomponent].into_iter().collect();
    let (processing, version) = (or(said(11), "P"), or(said(12), "2.5.1"));
    let mut answer = control(
        "MSH",
        &[
            &encoding,
            &or(said(5), "FIRSTPASS"),
            said(6),
            said(3),
            said(4),
            &at.to_string(),
            "",
            &kind,
            // MSH-10 has 20 characters up to 2.6.
            &id.chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect::<String>(),
            &processing,
            &version,
        ],
    );
    answer += &control("MSA", &[code, said(10), &ours(&why)]);
    if code != "AA" && problems.is_empty() {
        let fault = if outcome.is_none() {
            ("207", "Application internal error")
        } else {
            ("200", "Unsupported message type")
        };
        let fault = [fault.0, fault.1, "HL70357"].join(&component.to_string());
        answer += &control("ERR", &["", "", &fault, "E", "", "", "", &ours(&why)]);
    }
    let text = hl7::text(bytes).unwrap_or_default();
    let whole = hl7::parse(&text).ok().filter(|_| !problems.is_empty());
    for problem in problems.iter().take(ERRORS_MAX) {
        let place = whole.as_ref().map(|message| location(message, problem, component)).unwrap_or_default();
        let (number, meaning) = condition(&problem.reason);
        let fault = [number, meaning, "HL70357"].join(&component.to_string());
        let named = problem.column.as_deref().unwrap_or("the visit");
        answer += &control(
            "ERR",
            &["", &place, &fault, "E", "", "", "", &ours(&format!("{named} {}", problem.reason))],
        );
    }
    answer.into_bytes()
}

/// ERR-2 (ERL): segment, which of them, field, repetition, component.
fn location(message: &hl7::Message<'_>, problem: &Problem, component: char) -> String {
    let Some(place) = &problem.column else { return String::new() };
    let (segment, field) = place.split_once('-').unwrap_or((place, ""));
    let (field, part) = field.split_once('.').unwrap_or((field, ""));
    let nth = match message.occurrence(problem.row) {
        Some((id, nth)) if id == segment => nth,
        _ => 1,
    };
    let mut parts = vec![segment.to_owned(), nth.to_string()];
    if !field.is_empty() {
        parts.push(field.to_owned());
        if !part.is_empty() {
            parts.extend(["1".to_owned(), part.to_owned()]);
        }
    }
    parts.join(&component.to_string())
}

/// Table 0357.
fn condition(reason: &str) -> (&'static str, &'static str) {
    if matches!(reason, "is empty" | "is missing") || reason.starts_with("has no ") {
        ("101", "Required field missing")
    } else if reason.starts_with("is no registered") || reason.starts_with("names an insurance") {
        ("204", "Unknown key identifier")
    } else if reason.starts_with("was charged before") || reason.starts_with("was accepted before") {
        ("205", "Duplicate key identifier")
    } else {
        ("102", "Data type error")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::{ChargeMessageId, Entered, FileId};

    /// A visit of two charges as chapter 6 lays it out; NPIs have valid check digits.
    const P03: &str = "MSH|^~\\&|EHR|^1234567893^NPI|FIRSTPASS|ELM|20260302163000-0600||DFT^P03^DFT_P03|641|P|2.5.1\r\
        EVN|P03|20260302163000\r\
        PID|1||B-7^^^HOSP^MR~A-100^^^ELM^AN||ROE^JANE||19800506|F\r\
        PV1|1|O|11^^^||||1987654328^NGUYEN^AN^^^^^^NPI||||||||||||V-1\r\
        FT1|1|T1||20260302|20260302|CG|99213^^C4|||1|150.00||||||||I10|1987654328^NGUYEN^AN^^^^^^NPI|||||99213^^C4|25~59\r\
        FT1|2|T2||20260301^20260302|20260302|CG|J1885^^HCPCS|||2.5||8.00|||||||E11.9~I10\r\
        DG1|1||E119^^I10|||F|||||||||2\r\
        DG1|2||I10^^I10|||F|||||||||1\r";

    fn visit(message: &str) -> crate::charges::visit::Visit {
        read(message.as_bytes(), &Usual::default()).unwrap().visits.remove(0)
    }

    fn problems(message: &str) -> Vec<(i32, String, String)> {
        let problems = visit(message).problems.into_iter();
        problems.map(|one| (one.row, one.column.unwrap_or_default(), one.reason)).collect()
    }

    #[test]
    fn a_p03_is_a_visit_with_its_charges() {
        let visit = visit(P03);
        assert_eq!(visit.problems, []);
        assert_eq!(visit.number, "V-1");
        assert_eq!(visit.field("patient_account"), Some("A-100"));
        assert_eq!(visit.field("billing_npi"), Some("1234567893"));
        assert_eq!(visit.field("rendering_npi"), Some("1987654328"));
        assert_eq!(visit.field("place_of_service"), Some("11"));
        assert_eq!(visit.diagnoses, ["I10", "E119"], "by DG1-15");
        assert_eq!(visit.rows, [5, 6]);
        let line = |index: usize| {
            let line = &visit.lines[index];
            let modifiers: Vec<&str> = line.modifiers.iter().map(Entered::text).collect();
            (
                format!("{} {} {}", line.procedure.text(), line.units, line.charged),
                modifiers.join(" "),
                line.pointers.clone(),
                line.from.to_string(),
                line.thru.map(|day| day.to_string()),
            )
        };
        assert_eq!(line(0), ("99213 1 150.00".into(), "25 59".into(), vec![1], "2026-03-02".into(), None));
        // 2.5 units at 8.00 each.
        assert_eq!(
            line(1),
            (
                "J1885 2.5 20.00".into(),
                String::new(),
                vec![2, 1],
                "2026-03-01".into(),
                Some("2026-03-02".into())
            )
        );
    }

    #[test]
    fn in_p11_a_diagnosis_belongs_to_the_charge_before_it() {
        let message = "MSH|^~\\&|EHR|^1234567893^NPI|||20260302||DFT^P11^DFT_P11|642|P|2.5.1\r\
            PID|1||||ROE^JANE|||||||||||||A-100\r\
            PV1|1|I|2N||||||||||||||||V-2|||||||||||||||||||||||||20260301|20260303\r\
            FT1|1|||20260302||CG||||1|100|||||||||||||||\rPR1|1||99232^^C4|||||||||||||25\rDG1|1||J189\r\
            FT1|2|||20260303||CG|99238|||1|90\rDG1|2||I10\rDG1|3||J18.9\r";
        let visit = visit(message);
        assert_eq!(visit.problems, []);
        assert_eq!(visit.field("place_of_service"), Some("21"));
        assert_eq!(visit.circumstances.admitted_on.unwrap().to_string(), "2026-03-01");
        assert_eq!(visit.diagnoses, ["J189", "I10"]);
        let pointers: Vec<&[u8]> = visit.lines.iter().map(|line| &line.pointers[..]).collect();
        assert_eq!(pointers, [&[1][..], &[2, 1]]);
        assert_eq!((visit.lines[0].procedure.text(), visit.lines[0].modifiers[0].text()), ("99232", "25"));
    }

    #[test]
    fn what_is_wrong_is_named_by_segment_and_field() {
        assert_eq!(
            problems(&P03.replace("|1|150.00|", "|1|lots|")),
            [(5, "FT1-11".into(), "is not an amount: expected digits, and two decimals at most".into())]
        );
        assert_eq!(
            problems(&P03.replace("20260302|CG|99213", "20260302|CD|99213")),
            [(5, "FT1-6".into(), "is not CG: only charges are read, and corrected on their claims".into())]
        );
        assert_eq!(problems(&P03.replace("V-1", "")), [(4, "PV1-19".into(), "is empty".into())]);
        assert_eq!(
            problems(&P03.replace("|O|11^^^|", "|O|ROOM3|")),
            [(5, "PV1-3".into(), "is empty".into())]
        );
        let without_charges: String =
            P03.split_inclusive('\r').filter(|line| !line.starts_with("FT1")).collect();
        let announced = visit(&without_charges);
        assert_eq!(announced.problems, []);
        assert_eq!(announced.announced_on.unwrap().to_string(), "2026-03-02", "EVN-2");
    }

    #[test]
    fn what_is_no_message_of_charges_is_refused_by_name() {
        for (message, code) in [
            ("no message", "charges/hl7"),
            (&P03.replace("DFT^P03", "ADT^A01"), "charges/hl7-kind"),
            (&P03.replace("|641|", "||"), "charges/hl7-id"),
        ] {
            let refused = read(message.as_bytes(), &Usual::default()).unwrap_err();
            assert_eq!(refused.refusal().unwrap().code, code);
        }
    }

    fn decided(state: MessageState, explanation: Option<&str>, problems: Vec<Problem>) -> Message {
        Message {
            id: ChargeMessageId::new(),
            source: MessageSource::Hl7,
            kind: "DFT^P03".into(),
            sender: "EHR".into(),
            message_id: "641".into(),
            file: FileId::new(),
            state,
            attempts: 1,
            explanation: explanation.map(str::to_owned),
            problems,
            visits: 0,
            received_at: "2026-03-02T22:30:00Z".parse().unwrap(),
            decided_at: Some("2026-03-02T22:30:05Z".parse().unwrap()),
            not_whole: None,
        }
    }

    #[test]
    fn the_answer_names_the_message_the_place_and_the_reason() {
        let now = "2026-03-02T22:31:00Z".parse().unwrap();
        let accepted = decided(MessageState::Accepted, None, vec![]);
        let answer = String::from_utf8(acknowledge(P03.as_bytes(), Some(&accepted), now)).unwrap();
        let lines: Vec<&str> = answer.split_terminator('\r').collect();
        assert!(
            lines[0]
                .starts_with("MSH|^~\\&|FIRSTPASS|ELM|EHR|^1234567893^NPI|20260302223005+0000||ACK^P03^ACK|")
        );
        assert!(lines[0].ends_with("-1|P|2.5.1"), "{}", lines[0]);
        assert_eq!(lines[1..], ["MSA|AA|641|"]);

        let unknown = Problem::new(3, "PID-3", "is no registered patient's");
        let second = Problem::new(6, "FT1-12", "is negative");
        let rejected = decided(
            MessageState::Rejected,
            Some("PID-3 is no registered patient's; and 1 more"),
            vec![unknown, second],
        );
        let answer = String::from_utf8(acknowledge(P03.as_bytes(), Some(&rejected), now)).unwrap();
        let lines: Vec<&str> = answer.split_terminator('\r').skip(1).collect();
        assert_eq!(
            lines,
            [
                "MSA|AE|641|PID-3 is no registered patient's; and 1 more",
                "ERR||PID^1^3|204^Unknown key identifier^HL70357|E||||PID-3 is no registered patient's",
                "ERR||FT1^2^12|102^Data type error^HL70357|E||||FT1-12 is negative",
            ]
        );

        let unread = decided(
            MessageState::Rejected,
            Some("the message cannot be read: it does not begin with MSH"),
            vec![],
        );
        let answer = String::from_utf8(acknowledge(b"hello", Some(&unread), now)).unwrap();
        assert!(
            answer.contains("\rMSA|AR||the message cannot be read: it does not begin with MSH\r"),
            "{answer}"
        );
        let undecided = String::from_utf8(acknowledge(P03.as_bytes(), None, now)).unwrap();
        assert!(undecided.contains("\rMSA|AE|641|a fault of the receiver"), "{undecided}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_refused_and_answered(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..600) {
            let mut message = P03.as_bytes().to_vec();
            let at = at.min(message.len());
            message.splice(at..at, bytes.iter().copied());
            for bytes in [&bytes, &message] {
                let _ = envelope(bytes);
                let _ = read(bytes, &Usual::default());
                let problem = Problem::new(2, "PID-3", "is empty");
                let rejected = decided(MessageState::Rejected, Some("no"), vec![problem]);
                let _ = acknowledge(bytes, Some(&rejected), DateTime::UNIX_EPOCH);
            }
        }
    }
}
