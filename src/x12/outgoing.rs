//! New interchanges: values under an envelope of our own, with chosen delimiters and control numbers.
//!
//! Counts and repeated control numbers (SE, GE, IEA) are computed. The time is handed in. Data that
//! holds a delimiter in force is changed and listed, never sent as it is.

use chrono::{NaiveDateTime, NaiveTime, Timelike};

use crate::declare::Written;
use crate::envelope::Guide;
use crate::lexer::Delimiters;
use crate::render::{At, Render, Replaced};
use crate::segments::{Ge, Gs, Iea, Se, St, Ta1};
use crate::value::{Count, Element, Text};
use crate::{Source, segments};

/// One end of an interchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party<'a> {
    /// ISA05 or ISA07: `ZZ`, `30`, ...
    pub qualifier: &'a str,
    /// ISA06 or ISA08: at most fifteen characters.
    pub id: &'a str,
    /// GS02 or GS03: 2 to 15 characters.
    pub application: &'a str,
}

impl<'a> Party<'a> {
    /// A party as it named itself; what does not fit an envelope (a sender may write anything) is
    /// answered as unknown.
    #[must_use]
    pub fn fitting(qualifier: &'a str, id: &'a str, application: &'a str) -> Party<'a> {
        Party {
            qualifier: if fits(qualifier, 2..=2) { qualifier } else { "ZZ" },
            id: if fits(id, 1..=15) { id } else { "UNKNOWN" },
            application: if fits(application, 2..=15) { application } else { "UNKNOWN" },
        }
    }
}

fn fits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

/// ISA15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageIndicator {
    /// `T`: never posts money.
    Test,
    /// `P`
    Production,
}

/// What stands around the sets that we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Who sends.
    pub sender: Party<'a>,
    /// Who receives.
    pub receiver: Party<'a>,
    /// ISA13: 1 to 999999999, from a sequence per pair of parties, never used twice.
    pub control_number: u32,
    /// Test or production.
    pub usage: UsageIndicator,
    /// Ask for a TA1 (ISA14).
    pub acknowledgment_requested: bool,
    /// ISA09, ISA10, GS04, GS05.
    pub at: NaiveDateTime,
    /// What separates.
    pub delimiters: Delimiters,
    /// A line break after each segment, for people.
    pub line_breaks: bool,
}

/// Why an envelope cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// A party's qualifier, id or application code does not fit.
    #[error("{element} takes {expected}")]
    Party {
        /// `ISA06`.
        element: &'static str,
        /// Its form in words.
        expected: &'static str,
    },
    /// A control number is 0 or has more than nine digits.
    #[error("a control number is 1 to 999999999")]
    ControlNumber,
    /// Two delimiters are the same, or one is a letter, a digit or a blank.
    #[error("delimiters are four different characters that are neither letters, digits nor blanks")]
    Delimiters,
}

/// A finished interchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its text.
    pub bytes: Vec<u8>,
    /// Data that had to be changed.
    pub replaced: Vec<Replaced>,
}

/// Writes one interchange: groups of sets, acknowledgments before them.
#[derive(Debug)]
pub struct Writer<'a> {
    envelope: Envelope<'a>,
    out: Render,
    groups: u64,
    group: Option<OpenGroup>,
}

#[derive(Debug)]
struct OpenGroup {
    guide: Guide,
    control: u32,
    sets: u64,
}

impl<'a> Writer<'a> {
    /// Begins an interchange.
    ///
    /// # Errors
    /// [`EnvelopeError`], when the envelope does not fit ISA and GS.
    pub fn new(envelope: Envelope<'a>) -> Result<Writer<'a>, EnvelopeError> {
        check(&envelope)?;
        let mut out = Render::new(envelope.delimiters);
        if envelope.line_breaks {
            out = out.with_line_breaks();
        }
        let mut writer = Writer { envelope, out, groups: 0, group: None };
        writer.header();
        Ok(writer)
    }

    /// The delimiters of the file that values to be written were read from, when they keep
    /// segments without a typed form.
    #[must_use]
    pub fn with_values_from(mut self, delimiters: Delimiters) -> Writer<'a> {
        self.out.rendering_from(delimiters);
        self
    }

    /// Writes ISA, whose elements are of fixed width.
    fn header(&mut self) {
        let envelope = self.envelope;
        let out = &mut self.out;
        out.begin(segments::Isa::SEGMENT);
        let padded = |id: &str| format!("{id:<15}");
        let at = At::element;
        out.plain(at(1), b"00");
        out.plain(at(2), b"          ");
        out.plain(at(3), b"00");
        out.plain(at(4), b"          ");
        out.plain(at(5), envelope.sender.qualifier.as_bytes());
        out.text(at(6), padded(envelope.sender.id).as_bytes());
        out.plain(at(7), envelope.receiver.qualifier.as_bytes());
        out.text(at(8), padded(envelope.receiver.id).as_bytes());
        envelope.at.date().write(out, at(9));
        minutes(envelope.at).write(out, at(10));
        out.plain(at(11), &[envelope.delimiters.repetition.unwrap_or(b'U')]);
        out.plain(at(12), b"00501");
        out.plain(at(13), format!("{:09}", envelope.control_number).as_bytes());
        out.plain(at(14), if envelope.acknowledgment_requested { b"1" } else { b"0" });
        out.plain(
            at(15),
            match envelope.usage {
                UsageIndicator::Test => b"T",
                UsageIndicator::Production => b"P",
            },
        );
        out.plain(at(16), &[envelope.delimiters.component]);
        out.end();
    }

    /// Answers an interchange; stands before any group.
    pub fn acknowledge(&mut self, answer: &Ta1<'_>) {
        debug_assert!(self.groups == 0 && self.group.is_none(), "TA1 stands before the groups");
        answer.write(&mut self.out);
    }

    /// The applications of the groups that follow (GS02, GS03); one that does not fit stays unknown.
    pub fn between(&mut self, sender: &'a str, receiver: &'a str) {
        self.envelope.sender =
            Party { application: Party::fitting("", "", sender).application, ..self.envelope.sender };
        self.envelope.receiver =
            Party { application: Party::fitting("", "", receiver).application, ..self.envelope.receiver };
    }

    /// Begins a group of sets of one guide; ends the one before.
    ///
    /// # Errors
    /// [`EnvelopeError::ControlNumber`].
    pub fn group(&mut self, guide: Guide, control_number: u32) -> Result<(), EnvelopeError> {
        check_control(control_number)?;
        self.end_group();
        let control = control_number.to_string();
        let gs = Gs {
            functional_id: Some(guide.functional_id().into()),
            sender: Some(self.envelope.sender.application.into()),
            receiver: Some(self.envelope.receiver.application.into()),
            date: Some(self.envelope.at.date()),
            time: Some(minutes(self.envelope.at)),
            control_number: Some(control.as_str().into()),
            agency: Some("X".into()),
            version: Some(guide.version().into()),
            source: Source::NONE,
        };
        gs.write(&mut self.out);
        self.groups += 1;
        self.group = Some(OpenGroup { guide, control: control_number, sets: 0 });
        Ok(())
    }

    /// Writes one transaction set: its body between ST and SE.
    ///
    /// # Errors
    /// [`EnvelopeError::ControlNumber`].
    ///
    /// # Panics
    /// When no group was begun.
    pub fn set(&mut self, control_number: u32, body: &dyn Written) -> Result<(), EnvelopeError> {
        check_control(control_number)?;
        let group = self.group.as_mut().expect("a set stands in a group: begin one first");
        group.sets += 1;
        let control = format!("{control_number:04}");
        let control = Some(Text::from(control.as_str()));
        // An 835 names its guide in GS08 only (X221 ST).
        let guide = match group.guide {
            Guide::Remittance => None,
            other => Some(other.version().into()),
        };
        self.out.restart_count();
        let st = St {
            identifier: Some(group.guide.set().into()),
            control_number: control,
            guide,
            source: Source::NONE,
        };
        st.write(&mut self.out);
        body.write(&mut self.out);
        let segments = Some(Count(u64::from(self.out.segments()) + 1));
        Se { segments, control_number: control, source: Source::NONE }.write(&mut self.out);
        Ok(())
    }

    fn end_group(&mut self) {
        if let Some(group) = self.group.take() {
            let control = group.control.to_string();
            let ge = Ge {
                sets: Some(Count(group.sets)),
                control_number: Some(control.as_str().into()),
                source: Source::NONE,
            };
            ge.write(&mut self.out);
        }
    }

    /// What has been written so far, to send a long interchange piece by piece.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        self.out.take_bytes()
    }

    /// Ends the interchange.
    #[must_use]
    pub fn finish(mut self) -> Outgoing {
        self.end_group();
        let control = format!("{:09}", self.envelope.control_number);
        let iea = Iea {
            groups: Some(Count(self.groups)),
            control_number: Some(control.as_str().into()),
            source: Source::NONE,
        };
        iea.write(&mut self.out);
        let replaced = self.out.replaced().to_vec();
        Outgoing { bytes: self.out.into_bytes(), replaced }
    }
}

/// ISA10 and GS05 as `HHMM`.
fn minutes(at: NaiveDateTime) -> NaiveTime {
    NaiveTime::from_hms_opt(at.hour(), at.minute(), 0).unwrap_or_default()
}

const fn check_control(number: u32) -> Result<(), EnvelopeError> {
    if number == 0 || number > 999_999_999 { Err(EnvelopeError::ControlNumber) } else { Ok(()) }
}

fn check(envelope: &Envelope<'_>) -> Result<(), EnvelopeError> {
    check_control(envelope.control_number)?;
    let Delimiters { element, component, repetition, segment } = envelope.delimiters;
    let mut all = vec![element, component, segment];
    all.extend(repetition);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b' ' || !byte.is_ascii();
    let twice = all.iter().enumerate().any(|(place, byte)| all[..place].contains(byte));
    if twice || all.iter().any(plain) {
        return Err(EnvelopeError::Delimiters);
    }
    let parties =
        [(envelope.sender, ["ISA05", "ISA06", "GS02"]), (envelope.receiver, ["ISA07", "ISA08", "GS03"])];
    for (party, [qualifier, id, application]) in parties {
        if !fits(party.qualifier, 2..=2) {
            return Err(EnvelopeError::Party { element: qualifier, expected: "two characters" });
        }
        if !fits(party.id, 1..=15) {
            return Err(EnvelopeError::Party { element: id, expected: "1 to 15 characters" });
        }
        if !fits(party.application, 2..=15) {
            return Err(EnvelopeError::Party { element: application, expected: "2 to 15 characters" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::{
        AckCode, Adjustment, AdjustmentGroup, Ak1, Ak2, Ak9, Bpr, Cas, ClaimStatus, Clp, CreditDebit,
        Handling, Ik5, Lx, N1, PaymentMethod, Procedure, Svc, Trn,
    };
    use crate::value::UpTo;
    use crate::x835::{ClaimPayment, HeaderNumber, Payee, Payer, Remittance, ServicePayment};
    use crate::x999::{ImplementationAcknowledgment, SetResponse};
    use crate::{Body, read_file};
    use proptest::prelude::*;
    use types::Money;

    fn envelope() -> Envelope<'static> {
        Envelope {
            sender: Party { qualifier: "ZZ", id: "PLAN", application: "PLAN" },
            receiver: Party { qualifier: "30", id: "123456789", application: "CLINIC" },
            control_number: 7,
            usage: UsageIndicator::Test,
            acknowledgment_requested: false,
            at: chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap().and_hms_opt(14, 5, 9).unwrap(),
            delimiters: Delimiters::USUAL,
            line_breaks: false,
        }
    }

    fn remittance<'a>(name: &'a str, claims: Vec<ClaimPayment<'a>>, paid: Money) -> Remittance<'a> {
        let name = N1 { entity: "PR".into(), name: Some(name.into()), ..N1::default() };
        let payee = N1 {
            entity: "PE".into(),
            name: Some("CLINIC".into()),
            id_qualifier: Some("XX".into()),
            id: Some("1234567893".into()),
            ..N1::default()
        };
        Remittance {
            payment: Bpr {
                handling: Handling::AdviceOnly,
                paid,
                credit_debit: Some(CreditDebit::Credit),
                method: Some(PaymentMethod::Check),
                effective_on: chrono::NaiveDate::from_ymd_opt(2026, 11, 25),
                ..Bpr::default()
            },
            trace: Trn {
                kind: "1".into(),
                number: "CHK1".into(),
                payer_id: Some("1512345678".into()),
                ..Trn::default()
            },
            payer: Payer { name, ..Payer::default() },
            payee: Payee { name: payee, ..Payee::default() },
            headers: vec![HeaderNumber {
                number: Lx { number: 1.into(), ..Lx::default() },
                claims,
                ..HeaderNumber::default()
            }],
            ..Remittance::default()
        }
    }

    fn claim<'a>(
        number: &'a str,
        charged: Money,
        adjusted: &[Money],
        modifiers: &[&'a str],
    ) -> ClaimPayment<'a> {
        let reasons =
            adjusted.iter().map(|&amount| Adjustment { reason: "45".into(), amount, quantity: None });
        let adjustments = Cas {
            group: AdjustmentGroup::ContractualObligation,
            adjustments: UpTo::of(reasons).unwrap(),
            ..Cas::default()
        };
        let paid = charged - adjusted.iter().sum();
        ClaimPayment {
            claim: Clp {
                patient_control_number: number.into(),
                status: ClaimStatus::Primary,
                charged,
                paid,
                filing_indicator: Some("12".into()),
                payer_claim_control_number: Some("icn-1".into()),
                ..Clp::default()
            },
            services: vec![ServicePayment {
                service: Svc {
                    procedure: Procedure {
                        qualifier: "HC".into(),
                        code: "99213".into(),
                        modifiers: UpTo::of(modifiers.iter().map(|&m| m.into())).unwrap(),
                        ..Procedure::default()
                    },
                    charged,
                    paid: Some(paid),
                    ..Svc::default()
                },
                adjustments: if adjusted.is_empty() { vec![] } else { vec![adjustments] },
                ..ServicePayment::default()
            }],
            ..ClaimPayment::default()
        }
    }

    fn sent(value: &Remittance<'_>, envelope: Envelope<'_>) -> Outgoing {
        let mut writer = Writer::new(envelope).unwrap();
        writer.group(Guide::Remittance, 12).unwrap();
        writer.set(1, value).unwrap();
        writer.finish()
    }

    #[test]
    fn a_built_remittance_is_written_in_the_guides_order() {
        let cents = Money::from_cents;
        let value = remittance(
            "Plan of Ohio",
            vec![claim("A1", cents(20_000), &[cents(5_000), cents(25)], &["25", "59"])],
            cents(14_975),
        );
        let text = String::from_utf8(sent(&value, envelope()).bytes).unwrap();
        assert_eq!(
            text,
            "ISA*00*          *00*          *ZZ*PLAN           *30*123456789      *261123*1405*^*00501*000000007*0*T*:~\
             GS*HP*PLAN*CLINIC*20261123*1405*12*X*005010X221A1~ST*835*0001~\
             BPR*I*149.75*C*CHK************20261125~TRN*1*CHK1*1512345678~N1*PR*PLAN OF OHIO~\
             N1*PE*CLINIC*XX*1234567893~LX*1~CLP*A1*1*200*149.75**12*icn-1~\
             SVC*HC:99213:25:59*200*149.75~CAS*CO*45*50**45*0.25~SE*10*0001~GE*1*12~IEA*1*000000007~"
        );
    }

    #[test]
    fn data_never_holds_a_delimiter() {
        let value = remittance("A*B~C:D\nE", vec![], Money::ZERO);
        let outgoing = sent(&value, envelope());
        assert!(String::from_utf8_lossy(&outgoing.bytes).contains("N1*PR*A B C D E~"));
        let replaced: Vec<_> =
            outgoing.replaced.iter().map(|r| (r.segment, r.element.as_str(), r.byte)).collect();
        assert_eq!(replaced, [(4, "N102", b'*'), (4, "N102", b'~'), (4, "N102", b':'), (4, "N102", b'\n')]);
    }

    #[test]
    fn an_acknowledgment_is_written_and_read_back() {
        let value = ImplementationAcknowledgment {
            group: Ak1 {
                functional_id: "HC".into(),
                control_number: "12".into(),
                version: Some("005010X222A1".into()),
                ..Ak1::default()
            },
            sets: vec![SetResponse {
                set: Ak2 {
                    identifier: "837".into(),
                    control_number: "0001".into(),
                    guide: Some("005010X222A1".into()),
                    ..Ak2::default()
                },
                outcome: Ik5 { code: AckCode::Accepted, ..Ik5::default() },
                ..SetResponse::default()
            }],
            outcome: Ak9 {
                code: AckCode::Accepted,
                included: Count(1),
                received: Count(1),
                accepted: Count(1),
                ..Ak9::default()
            },
            ..ImplementationAcknowledgment::default()
        };
        let mut writer = Writer::new(envelope()).unwrap();
        writer.acknowledge(&Ta1 {
            control_number: "000000003".into(),
            date: chrono::NaiveDate::from_ymd_opt(2026, 11, 22),
            time: NaiveTime::from_hms_opt(9, 30, 0),
            code: AckCode::Accepted,
            note: Some("000".into()),
            source: Source::NONE,
        });
        writer.group(Guide::ImplementationAcknowledgment, 1).unwrap();
        writer.set(1, &value).unwrap();
        let outgoing = writer.finish();
        let text = String::from_utf8_lossy(&outgoing.bytes);
        assert!(text.contains("~TA1*000000003*261122*0930*A*000~GS*FA*"), "{text}");
        assert!(text.contains("ST*999*0001*005010X231A1~AK1*HC*12*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK9*A*1*1*1~SE*6*0001~"), "{text}");
        let file = read_file(&outgoing.bytes);
        assert!(file.issues.is_empty(), "{:?}", file.issues.kept());
        let Body::Acknowledgment(read) = &file.sets().next().unwrap().body else { panic!("a 999") };
        assert_eq!(**read, value);
    }

    #[test]
    fn an_envelope_that_does_not_fit_is_refused() {
        let mut odd = envelope();
        odd.delimiters.component = b'*';
        assert_eq!(Writer::new(odd).map(|_| ()), Err(EnvelopeError::Delimiters));
        let mut odd = envelope();
        odd.sender.id = "LONGER THAN FIFTEEN";
        assert_eq!(
            Writer::new(odd).map(|_| ()),
            Err(EnvelopeError::Party { element: "ISA06", expected: "1 to 15 characters" })
        );
        let mut odd = envelope();
        odd.control_number = 0;
        assert_eq!(Writer::new(odd).map(|_| ()), Err(EnvelopeError::ControlNumber));
    }

    proptest! {
        #[test]
        fn what_is_built_and_written_is_read_back(
            name in "[A-Z][A-Z0-9 .&-]{0,30}[A-Z]",
            numbers in prop::collection::vec(("[A-Z0-9]{1,17}", 0_i64..100_000_000, prop::collection::vec(-50_000_i64..50_000, 0..6), prop::collection::vec("[A-Z0-9]{2}", 0..4)), 0..5),
            delimiters in prop::sample::select(vec![Delimiters::USUAL, Delimiters { element: b'|', component: b'>', repetition: Some(b'^'), segment: b'\n' }]),
        ) {
            let claims: Vec<ClaimPayment<'_>> = numbers.iter().map(|(number, charged, adjusted, modifiers)| {
                let adjusted: Vec<Money> = adjusted.iter().map(|&c| Money::from_cents(c)).collect();
                let modifiers: Vec<&str> = modifiers.iter().map(String::as_str).collect();
                claim(number, Money::from_cents(*charged), &adjusted, &modifiers)
            }).collect();
            let paid = claims.iter().map(|claim| claim.claim.paid).sum();
            let value = remittance(&name, claims, paid);
            let outgoing = sent(&value, Envelope { delimiters, ..envelope() });
            let file = read_file(&outgoing.bytes);
            let Body::Remittance(read) = &file.sets().next().unwrap().body else { panic!("an 835") };
            prop_assert_eq!(&**read, &value);
            prop_assert_eq!(file.write(), outgoing.bytes);
        }
    }
}
