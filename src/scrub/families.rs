//! Families of procedures by their code numbers; the descriptors are the AMA's and in no table here.

use chrono::NaiveDate;

use crate::claims::Claim;
use crate::claims::model::ServiceLine;

/// The number of a code of five digits; 0, which is in no family, for any other.
pub(super) fn number(code: &str) -> u32 {
    let is_number = code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { code.bytes().fold(0, |number, byte| number * 10 + u32::from(byte - b'0')) } else { 0 }
}

/// The number of a line's procedure.
pub(super) fn number_of(line: &ServiceLine) -> u32 {
    number(line.procedure.text())
}

/// Evaluation and management of every kind, with the eye visits and the psychiatric evaluations.
pub(super) const fn is_evaluation(number: u32) -> bool {
    matches!(number, 90_791 | 90_792 | 92_002..=92_014 | 98_000..=98_016 | 99_202..=99_499)
}

/// Visits of which a provider has one a day: office, hospital, consultation, emergency, nursing
/// facility, home.
pub(super) const fn is_daily_visit(number: u32) -> bool {
    matches!(
        number,
        99_202..=99_215
            | 99_221..=99_223
            | 99_231..=99_239
            | 99_241..=99_245
            | 99_251..=99_255
            | 99_281..=99_285
            | 99_304..=99_310
            | 99_315
            | 99_316
            | 99_341..=99_350
    )
}

/// Preventive visits, new and established.
pub(super) const fn is_preventive_visit(number: u32) -> bool {
    matches!(number, 99_381..=99_387 | 99_391..=99_397)
}

/// Anesthesia.
pub(super) const fn is_anesthesia(number: u32) -> bool {
    matches!(number, 100..=1_999)
}

/// Surgery, from the skin to the ear.
pub(super) const fn is_surgery(number: u32) -> bool {
    matches!(number, 10_004..=69_990)
}

/// Pathology and laboratory.
pub(super) const fn is_laboratory(number: u32) -> bool {
    matches!(number, 80_047..=89_398)
}

/// Chiropractic manipulation of the spine.
pub(super) const fn is_spinal_manipulation(number: u32) -> bool {
    matches!(number, 98_940..=98_942)
}

/// Vaccines.
pub(super) const fn is_vaccine(number: u32) -> bool {
    matches!(number, 90_476..=90_759 | 91_300..=91_323)
}

/// Giving a vaccine.
pub(super) fn is_vaccination(code: &str) -> bool {
    matches!(number(code), 90_460 | 90_461 | 90_471..=90_474 | 90_480)
        || matches!(code, "G0008" | "G0009" | "G0010" | "M0201")
        || code.len() == 5 && code.starts_with('0') && code.ends_with('A')
}

/// Where a line's service was given.
pub(super) fn place_of<'c>(claim: &'c Claim, line: &'c ServiceLine) -> &'c str {
    line.place_of_service.as_ref().unwrap_or(&claim.place_of_service).text()
}

/// Whether a line has a modifier.
pub(super) fn has(line: &ServiceLine, wanted: &str) -> bool {
    line.modifiers.iter().any(|modifier| modifier.text() == wanted)
}

/// The first of several modifiers that a line has.
pub(super) fn first_of<'w>(line: &ServiceLine, wanted: &[&'w str]) -> Option<&'w str> {
    wanted.iter().find(|modifier| has(line, modifier)).copied()
}

/// The last day of a line.
pub(super) fn last_day(line: &ServiceLine) -> Option<NaiveDate> {
    line.thru.or(line.from)
}
